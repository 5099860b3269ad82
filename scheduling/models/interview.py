from django.conf import settings
from django.db import models
from django.db.models import Q

from candidates.models import Candidate, NameField, Position
from scheduling.models.addresses import of_row
from scheduling.models.event_type import EventType
from scheduling.models.interviewer import Interviewer
from scheduling.models.link import BookingLink

# The states that are no booking any more (`Interview.State`).
ENDED = ("canceled", "no_show", "interviewer_no_show", "held")


class Interview(models.Model):
    """One candidate's booked meeting, with its earlier attempts when it moved.

    `attempts` hold what Calendly said, one row per invitee; the facts here are our reading of them, written only by
    `services.interviews.settle`, so that lists need no join.
    """

    class State(models.TextChoices):
        BOOKED = "booked", "Booked"
        MOVING = "moving", "Moved, new time arriving"
        CANCELED = "canceled", "Canceled"
        NO_SHOW = "no_show", "Candidate no-show"
        INTERVIEWER_NO_SHOW = "interviewer_no_show", "Interviewer no-show"
        HELD = "held", "Held"

    candidate = models.ForeignKey(
        Candidate, null=True, blank=True, on_delete=models.SET_NULL, related_name="interviews", db_index=False
    )
    link = models.ForeignKey(BookingLink, null=True, blank=True, on_delete=models.SET_NULL, related_name="interviews")
    position = models.ForeignKey(Position, null=True, blank=True, on_delete=models.SET_NULL, related_name="interviews")
    event_type = models.ForeignKey(
        EventType, null=True, blank=True, on_delete=models.SET_NULL, related_name="interviews"
    )
    interviewers = models.ManyToManyField(Interviewer, blank=True, related_name="interviews")

    name = models.CharField(max_length=255, blank=True, help_text="What the meeting is called at Calendly.")
    state = models.CharField(max_length=20, choices=State)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    canceled_at = models.DateTimeField(null=True, blank=True)
    is_missed = models.BooleanField(default=False, help_text="Whether either side did not come.")
    attached_at = models.DateTimeField(
        null=True, blank=True, help_text="When a recruiter chose the candidate; deliveries never change it then."
    )
    held_at = models.DateTimeField(null=True, blank=True, help_text="When a recruiter said that it took place.")
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    interviewer_no_show_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When a recruiter said that the interviewer did not come; Calendly never hears.",
    )
    interviewer_no_show_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-starts_at", "-id"]
        indexes = [
            # The list's tabs and filters, each in its order, read from either end.
            # When it was canceled says whether late, without looking up the row.
            models.Index(fields=["state", "starts_at", "id", "canceled_at"], name="interview_by_state"),
            # With whose it is and whether it is over, for searches, interviewers and "mine" walk it.
            models.Index(
                fields=["-starts_at", "-id", "ends_at", "state", "candidate", "link"], name="interview_newest"
            ),
            # What is ahead, and moving: as `~Q`, for that is how the list asks for it; with all that counting needs,
            # and the state, which SQLite asks once more.
            models.Index(
                fields=["starts_at", "id", "ends_at", "candidate", "link", "state"],
                condition=~Q(state__in=ENDED),
                name="interview_ahead",
            ),
            # Two states at once have no order in an index of states.
            models.Index(fields=["is_missed", "starts_at", "id"], name="interview_missed"),
            models.Index(fields=["event_type", "starts_at", "id"], name="interview_of_event_type"),
            models.Index(fields=["position", "starts_at", "id"], name="interview_of_position"),
            # With all that a candidate's state is derived from.
            models.Index(fields=["candidate", "-starts_at", "-id", "state", "ends_at"], name="interview_of_candidate"),
            models.Index(fields=["name", "id"], name="interview_by_name"),
            # Today: what was canceled or let down lately, and the tray.
            models.Index(fields=["state", "canceled_at"], name="interview_canceled"),
            models.Index(fields=["state", "interviewer_no_show_at"], name="interview_let_down"),
            models.Index(fields=["starts_at", "id"], condition=Q(candidate=None), name="interview_unmatched"),
        ]

    def __str__(self) -> str:
        return f"{self.name or 'Interview'} with {self.who}"

    def get_absolute_url(self) -> str:
        return of_row("interview", self.pk)

    # Set by queries that read them for many interviews at once.
    known_attempts: "list[Attempt] | None" = None

    @property
    def current(self) -> "Attempt":
        """The attempt that counts now: the end of the chain of moves."""
        return self.story[-1]

    @property
    def story(self) -> "list[Attempt]":
        """Every attempt, first booking first; reads `attempts`, so prefetch them for lists."""
        attempts = self.attempts.all() if self.known_attempts is None else self.known_attempts
        return sorted(attempts, key=lambda attempt: (attempt.booked_at, attempt.pk))

    @property
    def moves(self) -> int:
        return len(self.story) - 1

    @property
    def who(self) -> str:
        if self.candidate is not None:
            return self.candidate.name
        return self.current.invitee_name or self.current.invitee_email

    @property
    def is_matched(self) -> bool:
        return self.candidate_id is not None


class Attempt(models.Model):
    """One Calendly invitee, as the deliveries tell it: the first booking, and one more for each move."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        CANCELED = "canceled", "Canceled"

    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="attempts")
    invitee_uri = models.URLField(max_length=500, unique=True)
    event_uri = models.URLField(max_length=500, db_index=True)
    event_type_uri = models.URLField(max_length=255, blank=True)
    event_name = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    booked_at = models.DateTimeField(help_text="When Calendly made the invitee.")
    told_at = models.DateTimeField(help_text="Calendly's time stamp of the newest delivery that told these facts.")
    interviewers = models.ManyToManyField(Interviewer, blank=True, related_name="attempts")
    seat_limit = models.PositiveIntegerField(default=1)

    invitee_name = NameField(max_length=255, blank=True)
    invitee_email = models.EmailField(max_length=254)
    invitee_timezone = models.CharField(max_length=64, blank=True)
    reference = models.CharField(max_length=255, blank=True, db_index=True)
    submission_uri = models.URLField(max_length=255, blank=True, db_index=True)
    location_kind = models.CharField(max_length=40, blank=True)
    location_text = models.TextField(blank=True)
    join_url = models.URLField(max_length=2000, blank=True)
    cancel_url = models.URLField(max_length=500, blank=True)
    reschedule_url = models.URLField(max_length=500, blank=True)

    was_rescheduled = models.BooleanField(default=False)
    previous_uri = models.URLField(max_length=500, blank=True)
    next_uri = models.URLField(max_length=500, blank=True, db_index=True)
    canceled_at = models.DateTimeField(null=True, blank=True)
    canceled_by = models.CharField(max_length=255, blank=True)
    canceler_type = models.CharField(max_length=20, blank=True)
    cancel_reason = models.TextField(blank=True)

    # A mark stands while it is newer than the newest removal; both only ever move forward in time.
    no_show_uri = models.URLField(max_length=255, blank=True)
    no_show_marked_at = models.DateTimeField(null=True, blank=True)
    no_show_cleared_at = models.DateTimeField(null=True, blank=True)
    no_show_cleared_uri = models.URLField(max_length=255, blank=True)

    class Meta:
        ordering = ["booked_at", "id"]
        indexes = [
            # First bookings have no previous one: Today counts them, and the list is filtered by when they were made.
            # Deliveries ask which attempt followed another.
            models.Index(fields=["previous_uri", "booked_at", "interview"], name="attempt_first_booked"),
        ]

    def __str__(self) -> str:
        return f"{self.event_name or 'Interview'} of {self.invitee_name or self.invitee_email}"

    @property
    def is_no_show(self) -> bool:
        if self.no_show_marked_at is None or self.no_show_uri == self.no_show_cleared_uri:
            return False
        return self.no_show_cleared_at is None or self.no_show_cleared_at < self.no_show_marked_at

    @property
    def is_group(self) -> bool:
        return self.seat_limit > 1

    @property
    def is_canceled(self) -> bool:
        return self.status == self.Status.CANCELED


class BookingWord(models.Model):
    """A word by whose beginning an interview is found beside its candidate's words: of an invitee nobody is matched to,
    or who booked under another name or address. Folded and kept like `candidates.models.SearchWord`."""

    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="booking_words")
    word = models.BinaryField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["interview", "word"], name="booking_word_once")]
        indexes = [models.Index(fields=["word", "interview"], name="booking_word_found")]

    def __str__(self) -> str:
        return bytes(self.word).decode(errors="replace")


class AttemptAnswer(models.Model):
    """What the candidate answered to one question of the booking form."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="answers")
    position = models.PositiveIntegerField()
    question = models.TextField()
    answer = models.TextField()

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.question
