"""Who is signed in and what they may do, in one query each: every page and every poll asks."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Permission, User


class AccountBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """allauth's, which lets people sign in by address; the account comes with its preference."""

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("preference").filter(pk=user_id).first()
        return user if user is not None and user.is_active else None

    def get_all_permissions(self, user_obj: Any, obj: object = None) -> set[str]:
        """Those of the account and of its groups, kept with the account as Django does."""
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "_perm_cache"):
            user_obj._perm_cache = {f"{app}.{name}" for app, name in _permissions_of(user_obj)}
        known: set[str] = user_obj._perm_cache
        return known


def _permissions_of(user: User) -> Any:
    names = Permission.objects.order_by().values_list("content_type__app_label", "codename")
    if user.is_superuser:
        return names
    return names.filter(user=user).union(names.filter(group__user=user))
