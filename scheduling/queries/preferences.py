"""How people want the desk."""

from django.contrib.auth.models import User

from scheduling.models import Preference


def of(user: User) -> Preference:
    """Somebody's preference; the defaults, unsaved, for whoever never chose. It comes with who is signed in."""
    try:
        return user.preference
    except Preference.DoesNotExist:
        return Preference(user=user)
