from datetime import UTC, datetime

from django.conf import settings
from django.db import models
from django.urls import reverse

from scheduling.models.event_type import EventType
from scheduling.models.link import BookingLink, new_token


class SharedTimes(models.Model):
    """Slots a recruiter picked for somebody to choose from; which of them are still open is read when it is looked at.

    With a booking link they are for its candidate, without one for nobody in particular.
    """

    token = models.CharField(max_length=43, unique=True, default=new_token)
    event_type = models.ForeignKey(EventType, on_delete=models.CASCADE, related_name="shared_times")
    link = models.ForeignKey(BookingLink, null=True, blank=True, on_delete=models.CASCADE, related_name="shared_times")
    starts = models.JSONField(default=list, help_text="UTC, ISO 8601, soonest first.")
    timezone = models.CharField(max_length=64, help_text="In which zone they were written down.")
    # One key per rendered form: a second click finds the first one's row.
    request_key = models.UUIDField(unique=True)
    expires_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "shared times"

    def __str__(self) -> str:
        return f"{len(self.starts)} times of {self.event_type}"

    def get_absolute_url(self) -> str:
        return reverse("shared_times", args=[self.token])

    @property
    def address(self) -> str:
        """What whoever is to choose receives."""
        return f"{settings.SITE_URL}{self.get_absolute_url()}"

    @property
    def moments(self) -> list[datetime]:
        return [datetime.fromisoformat(start).astimezone(UTC) for start in self.starts]
