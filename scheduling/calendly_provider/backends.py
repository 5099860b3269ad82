"""Who is signed in and what they may do, in one query each: every page and every poll asks."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Permission, User
from django.db.models import IntegerField, Q, QuerySet

from scheduling.queries.compiled import Compiled, CompiledRows, Given


class AccountBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """allauth's, which lets people sign in by address; the account comes with its preference."""

    def get_user(self, user_id: int) -> User | None:
        return next((user for user in _ACCOUNT.ask(user=user_id) if user.is_active), None)

    def get_all_permissions(self, user_obj: Any, obj: object = None) -> set[str]:
        """Those of the account and of its groups, kept with the account as Django does."""
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "_perm_cache"):
            asked = _EVERY if user_obj.is_superuser else _OWN
            user_obj._perm_cache = {f"{app}.{name}" for app, name in asked.ask(user=user_obj.pk)}
        known: set[str] = user_obj._perm_cache
        return known


def _names() -> "list[QuerySet[Any, Any]]":
    return [Permission.objects.order_by().values_list("content_type__app_label", "codename")]


def _names_of_user() -> "list[QuerySet[Any, Any]]":
    user = Given("user", IntegerField())
    return [rows.filter(of) for rows in _names() for of in (Q(user=user), Q(group__user=user))]


_ACCOUNT = CompiledRows(
    lambda: User.objects.select_related("preference").filter(pk=Given("user", IntegerField())).order_by(),
    is_planned_once=True,
)
_EVERY, _OWN = Compiled(_names, is_planned_once=True), Compiled(_names_of_user, is_planned_once=True)
