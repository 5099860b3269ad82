from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from phonenumber_field.modelfields import PhoneNumberField

from candidates.models.position import Position
from candidates.models.tag import Tag


def validate_zone(value: str) -> None:
    """Refuse a name that is not an IANA time zone."""
    if value not in available_timezones():
        raise ValidationError("Choose a time zone from the list, such as Europe/Berlin.", code="zone")


class Candidate(models.Model):
    """A person we may interview; one row per e-mail address, whatever its case."""

    name = models.CharField(max_length=200)
    email = models.EmailField(max_length=254)
    phone = PhoneNumberField(blank=True)
    timezone = models.CharField(max_length=64, blank=True, validators=[validate_zone])
    positions = models.ManyToManyField(Position, blank=True, related_name="candidates")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    tags = models.ManyToManyField(Tag, blank=True, related_name="candidates")
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="candidate_email_once",
                violation_error_message="There is already a candidate with this e-mail address.",
            )
        ]
        # The list is read by name among the not archived.
        indexes = [models.Index(fields=["archived_at", "name", "id"], name="candidate_by_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.split() else self.name
