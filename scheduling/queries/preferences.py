"""How people want the desk."""

from scheduling.models import Preference


def of(user_id: int) -> Preference:
    """Somebody's preference; the defaults, unsaved, for whoever never chose."""
    return Preference.objects.filter(user_id=user_id).first() or Preference(user_id=user_id)
