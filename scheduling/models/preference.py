from django.conf import settings
from django.db import models

from candidates.models.candidate import validate_zone


class Preference(models.Model):
    """How one person wants the desk; people without a row have the defaults."""

    class Clock(models.TextChoices):
        H24 = "24h", "14:00"
        H12 = "12h", "2:00 pm"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preference")
    timezone = models.CharField(
        max_length=64, blank=True, validators=[validate_zone], help_text="Empty: as the browser says."
    )
    clock = models.CharField(max_length=3, choices=Clock, default=Clock.H24)
    wish_mails = models.BooleanField(
        default=True, help_text="Whether what candidates of theirs ask on their page is mailed to them."
    )
    shortcuts = models.BooleanField(default=True, help_text="Whether single keys act on the desk.")

    tables = models.JSONField(
        default=dict, blank=True, help_text="By table: its `columns`, and the view it opens with as `view`."
    )

    def __str__(self) -> str:
        return f"Preference of {self.user_id}"
