"""Who looks after candidates."""

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from candidates.models.name import Folded

OWNS = "change_candidate"
# How people of ours are listed.
BY_NAME = (Folded("first_name"), Folded("last_name"), "email")


def owners(*, present: int | None = None) -> QuerySet[User]:
    """Who may be given candidates: those who may work with them, and whoever has them at `present`."""
    may = Q(groups__permissions__codename=OWNS, groups__permissions__content_type__app_label="candidates")
    able = Q(is_active=True) & (may | Q(is_superuser=True))
    return User.objects.filter(able | Q(pk=present)).distinct().order_by(*BY_NAME)
