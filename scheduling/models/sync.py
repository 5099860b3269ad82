from django.db import models

from scheduling.models.connection import Connection
from scheduling.models.subscription import Subscription


class SyncRun(models.Model):
    """One comparison of our bookings with Calendly's over a span of starts; a long one goes on where it stopped."""

    class Kind(models.TextChoices):
        BACKFILL = "backfill", "First reading"
        RECONCILE = "reconcile", "Comparison"
        DEEP = "deep", "Thorough comparison"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="syncs")
    kind = models.CharField(max_length=10, choices=Kind)
    starts_from = models.DateTimeField()
    # Bookings that start before this have been compared.
    reached = models.DateTimeField()
    events_read = models.PositiveIntegerField(default=0)
    invitees_read = models.PositiveIntegerField(default=0)
    drift = models.PositiveIntegerField(default=0, help_text="Bookings that had changed without a delivery telling.")
    # The subscription whose gap this run fills.
    heals = models.ForeignKey(Subscription, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    claimed_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.started_at:%Y-%m-%d %H:%M}"


class EventSnapshot(models.Model):
    """What Calendly's list said of a scheduled event when its invitees were last read: unchanged means no call."""

    uri = models.URLField(max_length=500, primary_key=True)
    digest = models.CharField(max_length=64)
    starts_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.uri
