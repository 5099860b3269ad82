from datetime import timedelta

from django.db import models
from django.utils import timezone

from scheduling.models.connection import Connection
from scheduling.models.event_type import EventType
from scheduling.models.interviewer import Interviewer


class CalendarWindow(models.Model):
    """What Calendly said about one stretch of one calendar, and when; what to read next is here as well.

    Every process shares these rows and they outlive a restart. `content` is Calendly's list as it came, but for busy
    times, of which only the spans are kept: what somebody's private appointments are is no business of ours.
    """

    class Kind(models.TextChoices):
        SLOTS = "slots", "Open slots of an event type, four weeks"
        BUSY = "busy", "Busy times of an interviewer, one week"
        HOURS = "hours", "Working hours of an interviewer"
        TYPE_HOURS = "type_hours", "Hours of an event type's hosts"

    class Problem(models.TextChoices):
        """Why there is no answer; what a page says in place of it."""

        CALENDAR = "calendar", "Calendly cannot read this calendar; its owner should reconnect it there"
        ROLE = "role", "Calendly does not show it to our connection"
        PLAN = "plan", "Calendly’s plan does not include it"
        LIMIT = "limit", "waiting for Calendly’s rate limit"
        AWAY = "away", "Calendly cannot be reached right now"
        GONE = "gone", "Calendly does not know it any more"
        REFUSED = "refused", "Calendly refused the request"

    # With these, what was known before says nothing about now.
    HIDING = (Problem.CALENDAR, Problem.ROLE, Problem.PLAN, Problem.GONE)

    # Names the stretch: kind, whose, and the first day.
    key = models.CharField(max_length=60, unique=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    interviewer = models.ForeignKey(
        Interviewer, null=True, blank=True, on_delete=models.CASCADE, related_name="windows"
    )
    event_type = models.ForeignKey(EventType, null=True, blank=True, on_delete=models.CASCADE, related_name="windows")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    content = models.JSONField(default=list, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=10, choices=Problem, blank=True)
    # Calendly's own words, where it gave some.
    detail = models.CharField(max_length=300, blank=True)
    again_at = models.DateTimeField(null=True, blank=True, help_text="Not to be asked for before, after a problem.")
    # When a delivery told of a change: what was read before is out of date.
    changed_at = models.DateTimeField(null=True, blank=True)
    wanted_at = models.DateTimeField(null=True, blank=True, help_text="Since when somebody waits for it.")
    claim = models.UUIDField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["wanted_at"], name="window_wanted"),
            models.Index(fields=["interviewer", "starts_at"], name="window_of_interviewer"),
            models.Index(fields=["event_type", "starts_at"], name="window_of_event_type"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_known(self) -> bool:
        """Whether `content` says something about now."""
        return self.read_at is not None and self.problem not in self.HIDING

    @property
    def is_changed(self) -> bool:
        """Whether something happened since it was read."""
        return self.changed_at is not None and (self.read_at is None or self.read_at <= self.changed_at)

    def is_younger_than(self, age: timedelta) -> bool:
        return self.read_at is not None and not self.is_changed and timezone.now() - self.read_at < age
