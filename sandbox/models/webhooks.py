from uuid import uuid4

from django.db import models

from sandbox.addresses import uri
from sandbox.models.oauth import Application
from sandbox.models.organizations import Member, Organization


class Subscription(models.Model):
    class State(models.TextChoices):
        ACTIVE = "active"
        DISABLED = "disabled"

    uuid = models.UUIDField(unique=True, default=uuid4)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="subscriptions")
    scope = models.CharField(max_length=20)
    member = models.ForeignKey(Member, null=True, on_delete=models.CASCADE, related_name="subscriptions")
    creator = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    # Made with an application's token: its key signs, and `signing_key` is kept only where option `app_signing_key`
    # lets it win. With a personal token: `signing_key`, or no signature at all.
    application = models.ForeignKey(Application, null=True, on_delete=models.CASCADE)
    signing_key = models.CharField(max_length=200, blank=True)
    callback_url = models.CharField(max_length=500)
    events = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    retry_started_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return self.callback_url

    @property
    def uri(self) -> str:
        return uri("webhook_subscriptions", self.uuid)

    @property
    def key(self) -> str:
        """What signs its deliveries; empty when they go unsigned."""
        return self.signing_key or (self.application.signing_key if self.application else "")


class Delivery(models.Model):
    """One webhook to be sent, or sent, to one subscription."""

    class State(models.TextChoices):
        LATE = "late"  # until the next delivery about the same resource
        WAITING = "waiting"
        DELIVERED = "delivered"
        GIVEN_UP = "given_up"
        DROPPED = "dropped"

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=60)
    body = models.TextField()
    # The address of the resource it tells of; finds the late ones.
    about = models.CharField(max_length=200, blank=True, db_index=True)
    signature = models.CharField(max_length=120, blank=True, help_text="The header of the first try.")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField(db_index=True)
    last_answer = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"{self.event} to {self.subscription}"
