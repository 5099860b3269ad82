from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from candidates.models import Folded
from scheduling.models.fields import EncryptedTextField

LIFE = timedelta(days=7)


def default_expiry() -> datetime:
    """When an invitation made now runs out."""
    return timezone.now() + LIFE


class Invitation(models.Model):
    """Somebody asked to join: whoever holds the link sets a password and has the account.

    The token's SHA-256 is kept, and until it is mailed the token itself, encrypted: a copy of the database opens no
    account.
    """

    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200)
    role = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+")
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(default=default_expiry)
    # The mail's own claim: whoever sends it moves it on first, so that a worker that dies leaves it to be tried again.
    mail_due_at = models.DateTimeField(null=True, blank=True, db_index=True)
    mail_attempts = models.PositiveIntegerField(default=0)
    token_to_mail = EncryptedTextField(blank=True, editable=False)
    mailed_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = [Folded("name"), "id"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=models.Q(accepted_at=None, withdrawn_at=None),
                name="invitation_pending_once",
            )
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_pending(self) -> bool:
        """Whether nobody has used or withdrawn it; it may have run out."""
        return self.accepted_at is None and self.withdrawn_at is None

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= timezone.now()
