from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils import timezone

from candidates.models import Candidate, Position
from scheduling.models.event_type import EventType
from scheduling.models.interview import Interview
from scheduling.models.link import BookingLink


class PlanStep(models.Model):
    """One interview of a position's plan; `rule` says how it follows the one before it."""

    class Rule(models.TextChoices):
        OFFER = "offer", "Offer it to me"
        SEND = "send", "Send it by itself"

    position = models.ForeignKey(Position, on_delete=models.CASCADE, related_name="+")
    event_type = models.ForeignKey(EventType, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveSmallIntegerField()
    rule = models.CharField(max_length=10, choices=Rule, default=Rule.OFFER)

    class Meta:
        ordering = ["position", "number", "pk"]
        constraints = [models.UniqueConstraint(fields=["position", "event_type"], name="plan_has_each_once")]

    def __str__(self) -> str:
        return f"{self.number}. {self.event_type}"


class NextStep(models.Model):
    """What follows an interview that was held: offered to the recruiter, or sent by rule after some minutes.

    It is work in a row like a cancel request: it waits until it can no longer be undone, is claimed, and ends once.
    """

    class State(models.TextChoices):
        OFFERED = "offered", "Offered"
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        SKIPPED = "skipped", "No longer needed"
        FAILED = "failed", "Failed"
        DISMISSED = "dismissed", "Put aside"

    # What undoing "held" may still take back.
    UNDOABLE = (State.OFFERED, State.WAITING, State.FAILED, State.DISMISSED)

    interview = models.OneToOneField(Interview, on_delete=models.CASCADE, related_name="next_step")
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="+")
    position = models.ForeignKey(Position, on_delete=models.CASCADE, related_name="+")
    event_type = models.ForeignKey(EventType, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    send_at = models.DateTimeField(default=timezone.now)
    # A claim that runs out belongs to a process that died.
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    # Names the link, so that going on after a stop makes no second one.
    request_key = models.UUIDField(unique=True, default=uuid4)
    link = models.ForeignKey(BookingLink, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["state", "send_at"], name="next_step_due")]

    def __str__(self) -> str:
        return f"{self.event_type} for {self.candidate}"
