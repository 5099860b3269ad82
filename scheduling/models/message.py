from django.conf import settings
from django.db import models
from django.utils import timezone

from candidates.models import Candidate
from scheduling.models.interview import Interview
from scheduling.models.link import BookingLink
from scheduling.models.timeline import TimelineEntry

SUBJECT_LENGTH = 150
BODY_LENGTH = 5_000


class MessageTemplate(models.Model):
    """The words of one kind of message, as plain text with variables such as `{candidate_name}`.

    There is one row a kind, made by a migration; `services.message_templates` knows the variables.
    """

    class Kind(models.TextChoices):
        INVITATION = "invitation", "Invitation"
        NUDGE = "nudge", "Reminder"
        CANCELLATION = "cancellation", "Cancellation"

    kind = models.CharField(max_length=20, choices=Kind, unique=True)
    subject = models.CharField(max_length=SUBJECT_LENGTH)
    body = models.TextField(max_length=BODY_LENGTH)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["kind"]

    def __str__(self) -> str:
        return self.get_kind_display()


class Message(models.Model):
    """One e-mail to send, as it is to be sent; the row is the work, a queue message only wakes a worker.

    Invitations, reminders and cancellations have the recruiters' words; a confirmation, which a candidate asks for, has
    ours, in the candidate's language, and the interview as a calendar file. What a candidate wishes goes to one of us.

    It leaves once. The row becomes "sending", and that is committed, before the mail server is called; it becomes
    "sent" afterwards. Whoever finds it in "sending" after its claim ran out knows that a worker died with the message
    in its hands and cannot know whether the server took it: it becomes "unknown" and waits for a recruiter, who may
    send it again. Only what certainly was not handed over, an error while connecting or a refusal for now (4xx), is
    tried again by itself; a refusal for good (5xx) is "failed" at once.
    """

    class Kind(models.TextChoices):
        INVITATION = "invitation", "Invitation"
        NUDGE = "nudge", "Reminder"
        CANCELLATION = "cancellation", "Cancellation"
        CONFIRMATION = "confirmation", "Confirmation"
        WISH = "wish", "Candidate’s wish"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        SKIPPED = "skipped", "No longer needed"
        FAILED = "failed", "Not sent"
        BOUNCED = "bounced", "Bounced"
        UNKNOWN = "unknown", "Perhaps sent"

    kind = models.CharField(max_length=20, choices=Kind)
    # Both empty for a test, which goes to whoever asked for it.
    candidate = models.ForeignKey(Candidate, null=True, blank=True, on_delete=models.CASCADE, related_name="messages")
    link = models.ForeignKey(BookingLink, null=True, blank=True, on_delete=models.CASCADE, related_name="messages")
    # What a cancellation is about; such a booking need not have come through a link of ours.
    interview = models.ForeignKey(Interview, null=True, blank=True, on_delete=models.CASCADE, related_name="messages")
    # What a mail to one of us is about; `created_by` is its reader then. Each wish is told once.
    wish = models.OneToOneField(TimelineEntry, null=True, blank=True, on_delete=models.CASCADE, related_name="notice")
    to = models.CharField(max_length=254)
    subject = models.CharField(max_length=255)
    text = models.TextField()
    html = models.TextField()
    calendar = models.TextField(blank=True, help_text="An iCalendar file to attach.")
    message_id = models.CharField(max_length=255, unique=True, help_text="The mail's own name, known before it leaves.")

    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    claimed_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            # One invitation a link, however often and by whomever it is asked for; what follows are reminders.
            models.UniqueConstraint(
                fields=["link"], condition=models.Q(kind=MessageTemplate.Kind.INVITATION), name="message_invites_once"
            )
        ]
        # Read by the sweep: what is due, oldest first.
        indexes = [models.Index(fields=["state", "next_try_at"], name="message_due")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.to}"

    @property
    def is_test(self) -> bool:
        return self.candidate_id is None

    @property
    def answers_to(self) -> str:
        """Who gets what is answered to it."""
        if self.wish_id is not None and self.candidate is not None:
            return self.candidate.email
        return self.created_by.email if self.created_by else ""

    @property
    def may_go_again(self) -> bool:
        """Whether a recruiter has to decide about it."""
        return self.state in (self.State.FAILED, self.State.BOUNCED, self.State.UNKNOWN)

    @property
    def may_have_bounced(self) -> bool:
        return not self.is_test and self.state in (self.State.SENT, self.State.UNKNOWN)
