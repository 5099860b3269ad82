"""Who may sign in, as what, and who was asked to."""

from collections.abc import Iterable

from django.contrib.auth.models import Group, User
from django.db.models import Q, QuerySet

from candidates.models import BY_NAME, Candidate
from scheduling.models import Invitation

# From the least to the most; whoever has several roles has the strongest one's name.
ROLES = ("Viewer", "Recruiter", "Admin")
ADMIN = "Admin"


def roles() -> QuerySet[Group]:
    """The three roles as rows to choose from."""
    return Group.objects.filter(name__in=ROLES).order_by("pk")


def everyone() -> QuerySet[User]:
    """Every account, those switched off last."""
    return User.objects.prefetch_related("groups").order_by("-is_active", *BY_NAME)


def role_of(user: User) -> str:
    """The name of somebody's role; empty when they have none."""
    if user.is_superuser:
        return "Superuser"
    return strongest(group.name for group in user.groups.all())


def strongest(names: Iterable[str]) -> str:
    held = set(names)
    return next((role for role in reversed(ROLES) if role in held), "")


def administrators() -> QuerySet[User]:
    """Who can manage people now: the last of them must stay."""
    return User.objects.filter(Q(groups__name=ADMIN) | Q(is_superuser=True), is_active=True).distinct()


def candidates_of(user: User) -> QuerySet[Candidate]:
    """What somebody has to hand over: their candidates that are not archived."""
    return Candidate.objects.filter(owner=user, archived_at=None)


def pending_invitations() -> QuerySet[Invitation]:
    """Neither used nor withdrawn, also those that ran out."""
    return Invitation.objects.filter(accepted_at=None, withdrawn_at=None).select_related("role", "invited_by")
