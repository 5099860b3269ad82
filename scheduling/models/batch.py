from uuid import uuid4

from django.conf import settings
from django.db import models
from django.urls import reverse

from candidates.models import Candidate
from scheduling.models.event_type import EventType
from scheduling.models.link import BookingLink


class Batch(models.Model):
    """Booking links for many candidates, made one by one in the background; each row has its own result."""

    event_type = models.ForeignKey(EventType, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField(null=True, blank=True)
    sends_mail = models.BooleanField(default=False, help_text="Whether each candidate gets the invitation.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    # Sending the form twice makes one batch.
    request_key = models.UUIDField(unique=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stop_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        return f"{self.event_type} for {self.created_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("batch", args=[self.pk])


class BatchItem(models.Model):
    """One candidate of a batch; `request_key` names the link, so that going on after a stop makes no second one."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Link made"
        FAILED = "failed", "Failed"
        SKIPPED = "skipped", "Skipped"

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="items")
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="+")
    request_key = models.UUIDField(unique=True, default=uuid4)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    # Several workers share a batch; a claim that runs out belongs to a process that died.
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    link = models.ForeignKey(BookingLink, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["batch", "candidate"], name="batch_candidate_once")]
        indexes = [models.Index(fields=["batch", "state"], name="batch_waiting")]

    def __str__(self) -> str:
        return str(self.candidate)
