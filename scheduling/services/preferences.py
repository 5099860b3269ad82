"""Keeping how people want the desk."""

from django.contrib.auth.models import User

from scheduling.models import Preference


def choose_zone(user: User, zone: str) -> bool:
    """Follow a zone chosen in passing where one is kept, or it would be chosen in vain; returns whether it was kept."""
    return bool(Preference.objects.filter(user=user).exclude(timezone="").update(timezone=zone))


def choose_shortcuts(user: User, *, is_on: bool) -> None:
    """Keep whether single keys act on the desk for somebody."""
    Preference.objects.update_or_create(user=user, defaults={"shortcuts": is_on})
