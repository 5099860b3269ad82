"""Asking people in: an invitation is a link that makes one account, once.

The token is in the link. Until the link is mailed the row holds it too, encrypted; then nothing of ours does.
"""

import hashlib
import logging
import secrets
import smtplib
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from scheduling.models import Invitation
from scheduling.models.invitation import LIFE
from scheduling.queries import people
from scheduling.services import locks
from scheduling.services.message_templates import one_line
from scheduling.services.people import PEOPLE, NotPossible

logger = logging.getLogger(__name__)

TOKEN_BYTES = 16
# Longer than a conversation with a slow mail server takes.
FIRST_RETRY = timedelta(minutes=2)
LAST_RETRY = timedelta(hours=6)
WORDS = """\
Hello {name},

{inviter} has invited you to {company}’s desk for scheduling interviews, as {role}.

Choose a password here:

{address}

The link is yours alone and works until {last_day}. If you did not expect it, do nothing.
"""


@transaction.atomic
def invite(*, email: str, name: str, role: Group, by: User) -> tuple[Invitation, str]:
    """Write an invitation down; returns it with its token. The caller wakes a worker to mail it.

    Raises `NotPossible` when the address has an account or an invitation that can still be used.
    """
    locks.hold([PEOPLE])
    _refuse_known(email)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation = Invitation.objects.create(
        email=email, name=name, role=role, invited_by=by, token_digest=digest_of(token), **_to_mail(token)
    )
    return invitation, token


@transaction.atomic
def renew(invitation: Invitation, *, by: User) -> str:
    """Give a pending invitation a new link and a new week; the old link is dead. Raises `NotPossible`."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    changes = {"token_digest": digest_of(token), "expires_at": timezone.now() + LIFE, "mailed_at": None}
    changes |= _to_mail(token)
    pending = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, withdrawn_at=None)
    if not pending.update(invited_by=by, **changes):
        raise NotPossible("This invitation was used or withdrawn meanwhile.")
    return token


def withdraw(invitation: Invitation) -> bool:
    """Make the link lead nowhere; safe to repeat. Returns whether it did."""
    pending = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, withdrawn_at=None)
    return bool(pending.update(withdrawn_at=timezone.now(), token_to_mail="", mail_due_at=None))


def find(token: str, *, now: datetime) -> Invitation | None:
    """The invitation this token opens now; one answer for expired, used, withdrawn and unknown ones."""
    usable = people.pending_invitations().filter(expires_at__gt=now)
    return usable.filter(token_digest=digest_of(token)).first()


@transaction.atomic
def accept(token: str, *, name: str, password: str) -> User | None:
    """Make the account, once; None when the token opens nothing any more.

    The lock lets the second of two clicks wait and then find the invitation used.
    """
    locks.hold([PEOPLE])
    now = timezone.now()
    invitation = find(token, now=now)
    if invitation is None or User.objects.filter(email__iexact=invitation.email).exists():
        return None
    user = new_user(invitation.email, name)
    user.set_password(password)
    user.save(force_insert=True)
    user.groups.add(invitation.role)
    Invitation.objects.filter(pk=invitation.pk).update(accepted_at=now)
    return user


def new_user(email: str, name: str) -> User:
    """An account that is not saved yet. Its user name is of no use to anybody; longer addresses get a digest."""
    first_name, _, last_name = name.partition(" ")
    longest = User._meta.get_field("username").max_length or 150
    username = email if len(email) <= longest else hashlib.sha256(email.encode()).hexdigest()
    return User(username=username, email=email, first_name=first_name[:150], last_name=last_name[:150])


def _to_mail(token: str) -> dict[str, Any]:
    return {"token_to_mail": token, "mail_due_at": timezone.now(), "mail_attempts": 0}


def due(*, now: datetime) -> list[int]:
    """Invitations whose mail is to be sent now."""
    rows = people.pending_invitations().filter(mail_due_at__lte=now, expires_at__gt=now)
    return list(rows.order_by("mail_due_at").values_list("pk", flat=True)[:20])


def send(invitation_id: int) -> bool:
    """Mail the link, unless it is dead or somebody else is at it; returns whether it was sent.

    The next try is written down first, so a refusal, a silent server and a dead worker all end in one. Then the mail
    may come twice; it is the same link, and it works once.
    """
    invitation = _claim(invitation_id)
    if invitation is None:
        return False
    token = invitation.token_to_mail
    company = one_line(settings.COMPANY_NAME)
    text = WORDS.format(
        name=one_line(invitation.name),
        inviter=one_line(_inviter(invitation)),
        company=company,
        role=invitation.role.name,
        address=address_of(token),
        last_day=f"{invitation.expires_at:%A} {invitation.expires_at.day} {invitation.expires_at:%B %Y, %H:%M} UTC",
    )
    try:
        send_mail(f"Your account for {company}’s interviews", text, None, [invitation.email])
    except (OSError, smtplib.SMTPException) as error:
        logger.warning("invitation %s was not mailed: %s", invitation_id, type(error).__name__)
        return False
    sent = {"mailed_at": timezone.now(), "mail_due_at": None, "token_to_mail": ""}
    Invitation.objects.filter(pk=invitation.pk, token_digest=digest_of(token)).update(**sent)
    return True


def _claim(invitation_id: int) -> Invitation | None:
    now = timezone.now()
    row = people.pending_invitations().filter(pk=invitation_id, mail_due_at__lte=now, expires_at__gt=now).first()
    if row is None:
        return None
    later = now + min(FIRST_RETRY * (1 << min(row.mail_attempts, 10)), LAST_RETRY)
    claim = Invitation.objects.filter(pk=row.pk, mail_due_at=row.mail_due_at)
    return row if claim.update(mail_due_at=later, mail_attempts=F("mail_attempts") + 1) else None


def address_of(token: str) -> str:
    return f"{settings.SITE_URL}{reverse('invitation', args=[token])}"


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _inviter(invitation: Invitation) -> str:
    inviter = invitation.invited_by
    return (inviter.get_full_name() or inviter.email) if inviter else settings.COMPANY_NAME


def _refuse_known(email: str) -> None:
    account = User.objects.filter(email__iexact=email).first()
    if account is not None:
        hint = "" if account.is_active else " It is switched off; switch it on again instead."
        raise NotPossible(f"{email} has an account already.{hint}")
    open_one = people.pending_invitations().filter(email__iexact=email).first()
    if open_one is None:
        return
    if not open_one.has_expired:
        raise NotPossible(f"{email} is invited already. Send that invitation again, or withdraw it first.")
    # One that ran out makes room for the new one.
    withdraw(open_one)
