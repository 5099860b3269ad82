import secrets
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from django.db import models

from sandbox.addresses import site, uri
from sandbox.models.organizations import Member, Organization


class EventType(models.Model):
    class Kind(models.TextChoices):
        SOLO = "solo"
        GROUP = "group"

    uuid = models.UUIDField(unique=True, default=uuid4)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="event_types")
    # Whose page it is on; a team's event type has none.
    owner = models.ForeignKey(Member, null=True, on_delete=models.CASCADE, related_name="event_types")
    hosts = models.ManyToManyField(Member, related_name="hosted_event_types")
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SOLO)
    pooling = models.CharField(max_length=20, blank=True)
    duration_min = models.PositiveIntegerField(default=30)
    seat_limit = models.PositiveIntegerField(default=1)
    notice_min = models.PositiveIntegerField(default=240)
    color = models.CharField(max_length=7, default="#0069ff")
    description = models.TextField(blank=True)
    internal_note = models.TextField(blank=True)
    locations = models.JSONField(default=list)
    questions = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    is_secret = models.BooleanField(default=False)
    is_paid = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)
    deleted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    # What a share offers otherwise; see `engine.bookings.offer`.
    terms: Mapping[str, Any] = MappingProxyType({})

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def uri(self) -> str:
        return uri("event_types", self.uuid)

    @property
    def page_owner(self) -> str:
        """The first segment of its booking page's address."""
        return self.owner.slug if self.owner else "team"

    @property
    def scheduling_url(self) -> str:
        return site(f"{self.page_owner}/{self.slug}")

    @property
    def is_bookable(self) -> bool:
        return self.is_active and self.deleted_at is None


def new_code() -> str:
    return f"{secrets.token_hex(2)}-{secrets.token_hex(2)}-{secrets.token_hex(2)}"


class SingleUseLink(models.Model):
    """A scheduling link for one booking; unused it expires after ninety days."""

    code = models.CharField(max_length=40, unique=True, default=new_code)
    event_type = models.ForeignKey(EventType, on_delete=models.CASCADE, related_name="links")
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.code

    @property
    def booking_url(self) -> str:
        return site(f"d/{self.code}/{self.event_type.slug}")


class Share(models.Model):
    """A single-use link that may differ from its event type: `overrides` are the fields of `share_override` given."""

    uuid = models.UUIDField(unique=True, default=uuid4)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="shares")
    link = models.OneToOneField(SingleUseLink, on_delete=models.CASCADE, related_name="share")
    contact = models.CharField(max_length=200, null=True)  # noqa: DJ001  # Calendly tells null from empty
    overrides = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"Share {self.link}"

    @property
    def uri(self) -> str:
        return uri("shares", self.uuid)
