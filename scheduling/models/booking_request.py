import uuid

from django.conf import settings
from django.db import models

from scheduling.models.event_type import EventType
from scheduling.models.interview import Attempt
from scheduling.models.link import BookingLink


class BookingRequest(models.Model):
    """One booking we are to make at Calendly; written down before Calendly is asked, which is asked once.

    "asked" becomes "booking", and that is committed, right before the call. Whoever finds it in "booking" after its
    claim ran out, and whoever got no clear answer, makes it "unknown" and looks among Calendly's bookings, for as long
    as one may still turn up there; only then is it "failed", and the candidate may choose again.
    """

    class State(models.TextChoices):
        ASKED = "asked", "To book"
        BOOKING = "booking", "Being booked"
        BOOKED = "booked", "Booked"
        TAKEN = "taken", "The time was taken"
        REFUSED = "refused", "Not possible through the API"
        FAILED = "failed", "Not booked"
        UNKNOWN = "unknown", "Perhaps booked"

    # What may still become a booking.
    OPEN = (State.ASKED, State.BOOKING, State.UNKNOWN)

    # One key per rendered form: sending it twice is one request.
    request_key = models.UUIDField(primary_key=True, default=uuid.uuid4)
    link = models.ForeignKey(BookingLink, on_delete=models.CASCADE, related_name="booking_requests")
    event_type = models.ForeignKey(EventType, on_delete=models.CASCADE, related_name="+")
    # What travels with it, so that the booking is known again though the link has another by then.
    reference = models.CharField(max_length=40)
    starts_at = models.DateTimeField()
    zone = models.CharField(max_length=64)
    location_kind = models.CharField(max_length=40, blank=True)
    location_text = models.TextField(blank=True)
    answers = models.JSONField(default=list, blank=True, help_text="Question, answer and position of each.")
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    claimed_until = models.DateTimeField()
    called_at = models.DateTimeField(null=True, blank=True, help_text="When Calendly was asked to book.")
    error = models.CharField(max_length=500, blank=True)
    attempt = models.ForeignKey(Attempt, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # Empty when the candidate asked.
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            # Two tabs, or the candidate and a recruiter, make one booking.
            models.UniqueConstraint(
                fields=["link"],
                condition=models.Q(state__in=["asked", "booking", "unknown"]),
                name="booking_request_one_open",
            )
        ]
        # Read by the sweep: what a worker died with and what may still turn up.
        indexes = [models.Index(fields=["state", "claimed_until"], name="booking_request_due")]

    def __str__(self) -> str:
        return f"{self.event_type} for {self.link.candidate}, {self.get_state_display().lower()}"
