from django.conf import settings
from django.db import models

from scheduling.models.fields import EncryptedTextField


class Connection(models.Model):
    """An authorised access to Calendly, one row per Calendly user; tokens are encrypted at rest.

    By OAuth the row holds a pair of tokens, by personal access token that token, and by a managed gateway the gateway's
    API key with the connection chosen there.
    """

    class Kind(models.TextChoices):
        OAUTH = "oauth", "Calendly sign-in"
        TOKEN = "token", "personal access token"
        GATEWAY = "gateway", "managed gateway"

    class State(models.TextChoices):
        CONNECTED = "connected", "Connected"
        NEEDS_RECONNECT = "needs_reconnect", "Needs reconnecting"
        DISCONNECTED = "disconnected", "Disconnected"

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.OAUTH)
    user_uri = models.URLField(max_length=255, unique=True)
    organization_uri = models.URLField(max_length=255)
    name = models.CharField(max_length=255)
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=20, blank=True)
    timezone = models.CharField(max_length=64, blank=True)
    scopes = models.TextField(blank=True, help_text="As granted, separated by spaces.")

    plan = models.CharField(max_length=20, blank=True)
    stage = models.CharField(max_length=20, blank=True)
    rate_limit = models.PositiveIntegerField(null=True, blank=True, help_text="Calls a minute, as answers say.")
    booking_limited_until = models.DateTimeField(
        null=True, blank=True, help_text="Until when Calendly takes no bookings through its API."
    )

    access_token = EncryptedTextField(blank=True)
    refresh_token = EncryptedTextField(blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    gateway_connection_id = models.CharField(max_length=64, blank=True)

    state = models.CharField(max_length=20, choices=State, default=State.CONNECTED)
    state_reason = models.CharField(max_length=300, blank=True)
    connected_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    connected_at = models.DateTimeField()

    # Set-up work after connecting is described here, so a sweep can pick it up when its message is lost.
    setup_due_at = models.DateTimeField(null=True, blank=True)
    setup_attempts = models.PositiveIntegerField(default=0)
    setup_error = models.CharField(max_length=300, blank=True)
    synced_at = models.DateTimeField(null=True, blank=True)
    # When the bookings are compared with Calendly's next; moved ahead by whoever claims the work.
    reconcile_due_at = models.DateTimeField(null=True, blank=True)
    forms_readable = models.BooleanField(default=False, help_text="Whether plan and scopes give routing forms.")

    class Meta:
        ordering = ["connected_at"]

    def __str__(self) -> str:
        return f"{self.name} at Calendly"

    @property
    def is_connected(self) -> bool:
        return self.state == self.State.CONNECTED

    @property
    def sees_organization(self) -> bool:
        """Whether Calendly shows this role everybody's bookings; others see their own."""
        return self.role in ("owner", "admin")

    @property
    def is_setting_up(self) -> bool:
        return self.is_connected and self.setup_due_at is not None
