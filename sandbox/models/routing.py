from uuid import uuid4

from django.db import models

from sandbox.addresses import site, uri
from sandbox.models.organizations import Organization


class RoutingForm(models.Model):
    """A form whose answers choose what its visitor meets next.

    `questions` are Calendly's question objects. `routes` are tried in order, `{question_uuid, answer, result}`; the
    first whose answer was given decides, else `otherwise`. A result is Calendly's `{type, value}`.
    """

    class Status(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"

    uuid = models.UUIDField(unique=True, default=uuid4)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="routing_forms")
    name = models.CharField(max_length=120)
    status = models.CharField(max_length=10, choices=Status, default=Status.PUBLISHED)
    questions = models.JSONField(default=list)
    routes = models.JSONField(default=list)
    otherwise = models.JSONField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def uri(self) -> str:
        return uri("routing_forms", self.uuid)

    @property
    def page_url(self) -> str:
        return site(f"routing/{self.uuid}")


class RoutingSubmission(models.Model):
    """A routing form filled in by somebody who may go on to book."""

    uuid = models.UUIDField(unique=True, default=uuid4)
    form = models.ForeignKey(RoutingForm, on_delete=models.CASCADE, related_name="submissions")
    answers = models.JSONField(default=list)
    tracking = models.JSONField(default=dict)
    result = models.JSONField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return f"Submission of {self.form}"

    @property
    def uri(self) -> str:
        return uri("routing_form_submissions", self.uuid)
