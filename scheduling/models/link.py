import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from candidates.models import Candidate, Position
from scheduling.models.connection import Connection
from scheduling.models.event_type import EventType

# What a note says of a link that does not wait to be booked (`queries.links.STATES`), or while it says nothing.
CLOSED = ("", "booked", "held", "no_show", "interviewer_no_show", "canceled", "expired", "withdrawn")


def new_token() -> str:
    """128 random bits, URL-safe."""
    return secrets.token_urlsafe(16)


def new_reference() -> str:
    """What travels through Calendly in `utm_content`: unguessable, but no key to anything."""
    return f"an-{secrets.token_hex(12)}"


class BookingLink(models.Model):
    """One candidate, one event type, one booking: our address around a Calendly single-use link."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="links")
    position = models.ForeignKey(Position, null=True, blank=True, on_delete=models.SET_NULL, related_name="links")
    event_type = models.ForeignKey(EventType, on_delete=models.PROTECT, related_name="links")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="links")
    token = models.CharField(max_length=43, unique=True, default=new_token)
    reference = models.CharField(max_length=40, unique=True, default=new_reference)
    booking_url = models.URLField(max_length=500, help_text="Calendly's single-use address, without prefill.")
    prefilled_url = models.TextField()
    share_uri = models.URLField(max_length=255, blank=True, help_text="Calendly's share, where the link is one.")
    # Set when a withdrawn share is still to be deleted at Calendly.
    share_delete_due_at = models.DateTimeField(null=True, blank=True)
    # One key per rendered form: a second click sends the same one and finds the first link.
    request_key = models.UUIDField(unique=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    # When Calendly's side was last made anew behind the same address, and when that is to be tried.
    replaced_at = models.DateTimeField(null=True, blank=True)
    replace_due_at = models.DateTimeField(null=True, blank=True)
    replace_attempts = models.PositiveIntegerField(default=0)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # As on the candidate: a note of what `queries.links` derives, for filters and counts; saving the row makes it due.
    standing = models.CharField(max_length=20, blank=True, editable=False)
    standing_until = models.DateTimeField(null=True, blank=True, auto_now=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        # The links page and the candidate page read newest first.
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="link_newest"),
            models.Index(fields=["standing", "-created_at", "-id"], name="link_of_standing"),
            # Those that wait to book: two states at once have no order in an index of states. As `~Q`, for of two equal
            # states SQLite would read and sort all.
            models.Index(fields=["-created_at", "-id"], condition=~Q(standing__in=CLOSED), name="link_waiting"),
            models.Index(
                fields=["expires_at", "id", "standing_until"],
                condition=~Q(standing__in=CLOSED),
                name="link_waiting_by_expiry",
            ),
            models.Index(fields=["event_type", "-created_at", "-id"], name="link_of_event_type"),
            models.Index(fields=["created_by", "-created_at", "-id"], name="link_made_by"),
            models.Index(fields=["expires_at", "id"], name="link_by_expiry"),
            models.Index(fields=["standing_until", "id"], name="link_standing_due"),
            # Today: what ran out lately.
            models.Index(fields=["standing", "expires_at"], name="link_run_out"),
            models.Index(fields=["candidate", "-created_at"], name="link_of_candidate"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} for {self.candidate}"

    def get_absolute_url(self) -> str:
        return reverse("booking", args=[self.token])

    @property
    def is_invited(self) -> bool:
        """Whether there is an invitation by e-mail; reads `messages`, so prefetch them for lists."""
        return any(message.kind == "invitation" for message in self.messages.all())

    @property
    def address(self) -> str:
        """What the candidate receives."""
        return f"{settings.SITE_URL}{self.get_absolute_url()}"


class FormerReference(models.Model):
    """A reference the link had before its Calendly side was replaced: bookings that bring it are still the link's."""

    link = models.ForeignKey(BookingLink, on_delete=models.CASCADE, related_name="former_references")
    reference = models.CharField(max_length=40, unique=True)
    replaced_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.reference
