"""How people want the desk."""

from django.contrib.auth.models import User

from scheduling.models import Preference


def why_no_wishes(user: User) -> str:
    """Why somebody is sent no mail about what candidates wish, or nothing."""
    if not user.is_active:
        return "The account is switched off."
    if not user.email:
        return "The account has no address."
    return "" if of(user).wish_mails else "They want no mails about wishes."


def of(user: User) -> Preference:
    """Somebody's preference; the defaults, unsaved, for whoever never chose. It comes with who is signed in."""
    try:
        return user.preference
    except Preference.DoesNotExist:
        return Preference(user=user)
