import secrets
from uuid import uuid4

from django.db import models

from sandbox.models.oauth import Token


class GatewayKey(models.Model):
    """An account at the OAuth gateway."""

    key = models.CharField(max_length=80, unique=True)

    def __str__(self) -> str:
        return f"Gateway account {self.pk}"


def new_session() -> str:
    return secrets.token_urlsafe(24)


class GatewayConnection(models.Model):
    """A Calendly grant the gateway keeps for an account; pending until somebody has answered at its address."""

    class Status(models.TextChoices):
        PENDING = "PENDING"
        ACTIVE = "ACTIVE"
        FAILED = "FAILED"

    uuid = models.UUIDField(unique=True, default=uuid4)
    account = models.ForeignKey(GatewayKey, on_delete=models.CASCADE, related_name="connections")
    session = models.CharField(max_length=80, unique=True, default=new_session)
    token = models.ForeignKey(Token, null=True, on_delete=models.SET_NULL, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return f"{self.uuid} {self.status}"
