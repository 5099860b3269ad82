from django.db import models

from candidates.models import Candidate, Folded
from scheduling.models.connection import Connection


class RoutingForm(models.Model):
    """Calendly's form that leads a visitor to the event type that fits."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="routing_forms")
    uri = models.URLField(max_length=255, unique=True)
    name = models.CharField(max_length=255)
    is_published = models.BooleanField(default=True)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = [Folded("name"), "id"]

    def __str__(self) -> str:
        return self.name


class RoutingSubmission(models.Model):
    """What somebody answered on a routing form; joined to the booking it led to, if any, and to a candidate."""

    uri = models.URLField(max_length=255, unique=True)
    form_uri = models.URLField(max_length=255)
    candidate = models.ForeignKey(
        Candidate, null=True, blank=True, on_delete=models.SET_NULL, related_name="routing_submissions"
    )
    email = models.EmailField(max_length=254, blank=True, help_text="The first answer that is an e-mail address.")
    # [{"question": ..., "answer": ...}], in the form's order.
    answers = models.JSONField(default=list)
    led_to = models.CharField(max_length=500, blank=True, help_text="An event type, an address or a message.")
    submitted_at = models.DateTimeField()

    class Meta:
        ordering = ["-submitted_at"]

    def __str__(self) -> str:
        return f"Submission of {self.submitted_at:%Y-%m-%d %H:%M}"
