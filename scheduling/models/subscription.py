import secrets

from django.db import models

from scheduling.models.connection import Connection
from scheduling.models.fields import EncryptedTextField


def new_key() -> str:
    return secrets.token_urlsafe(16)


class Subscription(models.Model):
    """Calendly's promise to send deliveries to `/webhooks/calendly/<key>/`."""

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        DISABLED = "disabled", "Disabled by Calendly"
        DELETED = "deleted", "Deleted"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="subscriptions")
    key = models.CharField(max_length=43, unique=True, default=new_key)
    uri = models.URLField(max_length=255, blank=True)
    callback_url = models.URLField(max_length=500, blank=True)
    scope = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    signing_key = EncryptedTextField(
        blank=True, help_text="Sent to Calendly with the subscription, where it is not the application's that signs."
    )
    checked_at = models.DateTimeField(null=True, blank=True, help_text="When Calendly was last asked how it is.")
    retry_started_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when Calendly's deliveries have not been getting through."
    )
    # The gap before this subscription, when it replaced one that had stopped.
    gap_from = models.DateTimeField(null=True, blank=True)
    recovered = models.PositiveIntegerField(null=True, blank=True, help_text="Bookings the gap would have cost.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.scope} subscription of {self.connection.name}"
