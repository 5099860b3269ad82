from uuid import uuid4

from django.db import models

from sandbox.addresses import site, uri
from sandbox.models.event_types import EventType, SingleUseLink
from sandbox.models.organizations import Member
from sandbox.models.routing import RoutingSubmission


class Event(models.Model):
    """A scheduled event: one slot of its hosts, with one or more invitees."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        CANCELED = "canceled"

    uuid = models.UUIDField(unique=True, default=uuid4)
    event_type = models.ForeignKey(EventType, on_delete=models.CASCADE, related_name="events")
    hosts = models.ManyToManyField(Member, related_name="events")
    # As it was booked, which a share may have renamed; without one the event type's.
    booked_name = models.CharField(max_length=120, blank=True)
    start = models.DateTimeField(db_index=True)
    end = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    location = models.JSONField(null=True)
    cancellation = models.JSONField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["start", "pk"]

    def __str__(self) -> str:
        return f"{self.event_type} at {self.start:%Y-%m-%d %H:%M}"

    @property
    def uri(self) -> str:
        return uri("scheduled_events", self.uuid)

    @property
    def name(self) -> str:
        return self.booked_name or self.event_type.name

    @property
    def duration_min(self) -> int:
        return int((self.end - self.start).total_seconds() // 60)

    @property
    def is_canceled(self) -> bool:
        return self.status == self.Status.CANCELED


class Invitee(models.Model):
    """One person's seat."""

    uuid = models.UUIDField(unique=True, default=uuid4)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="invitees")
    name = models.CharField(max_length=255)
    email = models.EmailField(max_length=254, db_index=True)
    timezone = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=Event.Status, default=Event.Status.ACTIVE)
    answers = models.JSONField(default=list)
    guests = models.JSONField(default=list)
    tracking = models.JSONField(default=dict)
    text_reminder_number = models.CharField(max_length=40, null=True)  # noqa: DJ001  # Calendly tells null from empty
    routing_form_submission = models.ForeignKey(
        RoutingSubmission, null=True, on_delete=models.SET_NULL, related_name="invitees"
    )
    scheduling_method = models.CharField(max_length=20, null=True)  # noqa: DJ001  # likewise
    cancellation = models.JSONField(null=True)
    link = models.ForeignKey(SingleUseLink, null=True, on_delete=models.SET_NULL, related_name="+")
    rescheduled = models.BooleanField(default=False)
    moved_from = models.OneToOneField("self", null=True, on_delete=models.SET_NULL, related_name="moved_to")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def uri(self) -> str:
        return f"{self.event.uri}/invitees/{self.uuid}"

    @property
    def cancel_url(self) -> str:
        return site(f"cancellations/{self.uuid}")

    @property
    def reschedule_url(self) -> str:
        return site(f"reschedulings/{self.uuid}")

    @property
    def is_canceled(self) -> bool:
        return self.status == Event.Status.CANCELED


class NoShow(models.Model):
    uuid = models.UUIDField(unique=True, default=uuid4)
    invitee = models.OneToOneField(Invitee, on_delete=models.CASCADE, related_name="no_show")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"No-show of {self.invitee}"

    @property
    def uri(self) -> str:
        return uri("invitee_no_shows", self.uuid)
