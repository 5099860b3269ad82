"""Who may do what: roles, hand-overs, leaving and coming back.

Every rule that looks at all administrators holds one lock, so that two of them cannot remove each other at once.
"""

from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from candidates.models import Candidate, owners
from scheduling.models import TimelineEntry
from scheduling.queries import people
from scheduling.services import locks, timeline

PEOPLE = "people"


class NotPossible(Exception):
    """A rule forbids it; the text is for whoever asked."""


@transaction.atomic
def change_role(user: User, role: Group, *, by: User) -> None:
    """Give somebody one role in place of those they had; groups that are no roles stay. Raises `NotPossible`."""
    locks.hold([PEOPLE])
    user = User.objects.get(pk=user.pk)
    if user.is_superuser:
        raise NotPossible("A superuser may do everything whatever their role; change it on the admin site.")
    if role.name != people.ADMIN:
        _refuse_own(user, by, "You cannot take your own role away. Ask another administrator.")
        _refuse_last(user)
    user.groups.remove(*people.roles())
    user.groups.add(role)


@transaction.atomic
def hand_over(giver: User, taker: User, *, by: User) -> int:
    """Make all current candidates of one person another's, and tell it on their time lines; returns how many.

    Archived candidates keep their owner: they are history. Raises `NotPossible`.
    """
    if giver == taker:
        raise NotPossible("Choose somebody else to take the candidates.")
    if not owners().filter(pk=taker.pk).exists():
        raise NotPossible(f"{_name(taker)} may not work with candidates.")
    now = timezone.now()
    # Read under a lock: whoever changes hands in the same moment is neither taken back nor told about wrongly.
    keys = list(people.candidates_of(giver).select_for_update().order_by("pk").values_list("pk", flat=True))
    Candidate.objects.filter(pk__in=keys).update(owner=taker, updated_at=now)
    timeline.record_many(
        TimelineEntry(
            kind=TimelineEntry.Kind.HANDED_OVER,
            key=f"handed_over:{key}:{now.isoformat()}",
            happened_at=now,
            candidate_id=key,
            actor=by,
            detail=f"from {_name(giver)} to {_name(taker)}",
        )
        for key in keys
    )
    return len(keys)


@transaction.atomic
def deactivate(user: User, *, taker: User | None, by: User) -> int:
    """Switch an account off: nobody signs in with it, its sessions end now, its history stays, and its current
    candidates become `taker`'s. Returns how many were handed over; raises `NotPossible`. Safe to repeat.
    """
    locks.hold([PEOPLE])
    user = User.objects.get(pk=user.pk)
    _refuse_own(user, by, "You cannot switch your own account off. Ask another administrator.")
    _refuse_superuser(user, by)
    _refuse_last(user)
    has_candidates = people.candidates_of(user).exists()
    if has_candidates and taker is None:
        raise NotPossible(f"Choose who takes {_name(user)}’s candidates.")
    User.objects.filter(pk=user.pk).update(is_active=False)
    end_sessions(user)
    return hand_over(user, taker, by=by) if has_candidates and taker is not None else 0


@transaction.atomic
def reactivate(user: User, *, by: User) -> None:
    """Switch an account on again, with the role and the password it had. Raises `NotPossible`."""
    _refuse_superuser(user, by)
    User.objects.filter(pk=user.pk).update(is_active=True)


@transaction.atomic
def remove_second_factors(user: User, *, by: User) -> int:
    """Let somebody who lost phone and codes sign in by password alone; returns how many factors are gone.

    Their sessions end, since whoever holds the lost device may hold one. Raises `NotPossible`.
    """
    _refuse_own(user, by, "You cannot remove your own second factor here. Use Settings, Your account.")
    _refuse_superuser(user, by)
    count: int = Authenticator.objects.filter(user=user).delete()[0]
    end_sessions(user)
    return count


def end_sessions(user: User) -> None:
    """Sign somebody out everywhere.

    A session's row does not name its user, so all that are alive are read; an installation has few.
    """
    alive = Session.objects.filter(expire_date__gt=timezone.now())
    theirs = [row.pk for row in alive.iterator() if row.get_decoded().get(SESSION_KEY) == str(user.pk)]
    Session.objects.filter(pk__in=theirs).delete()


def _refuse_own(user: User, by: User, words: str) -> None:
    if user == by:
        raise NotPossible(words)


def _refuse_superuser(user: User, by: User) -> None:
    if user.is_superuser and not by.is_superuser:
        raise NotPossible("Only a superuser can do this to a superuser.")


def _refuse_last(user: User) -> None:
    """Without an active administrator nobody could let anybody in again."""
    remaining = people.administrators()
    if remaining.filter(pk=user.pk).exists() and not remaining.exclude(pk=user.pk).exists():
        raise NotPossible(f"{_name(user)} is the last active administrator. Make somebody else one first.")


def _name(user: User) -> str:
    return user.get_full_name() or user.email
