from django.conf import settings
from django.db import models
from django.db.models import Q

from scheduling.models.bulk import BulkRun
from scheduling.models.interview import Interview


class CancelRequest(models.Model):
    """A cancellation somebody asked for: it waits some seconds, in which it can be undone, then goes to Calendly.

    Undoing and acting both start with a conditional update of `state`, so exactly one of them wins.
    """

    class Side(models.TextChoices):
        CANDIDATE = "candidate", "Candidate"
        INTERVIEWER = "interviewer", "Interviewer"
        COMPANY = "company", "Company"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        UNDONE = "undone", "Undone"
        ACTING = "acting", "Going to Calendly"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    OPEN = (State.WAITING, State.ACTING)

    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="cancel_requests")
    event_uri = models.URLField(
        max_length=500,
        db_index=True,
        help_text="The meeting it was asked for: all seats of a group event share one call, and a moved one is left.",
    )
    side = models.CharField(max_length=12, choices=Side)
    reason = models.TextField(blank=True, help_text="What Calendly tells the candidate.")
    private_note = models.TextField(blank=True, help_text="Never leaves this site.")
    sends_notice = models.BooleanField(default=False, help_text="Whether the candidate gets a mail of ours, too.")
    run = models.ForeignKey(
        BulkRun,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="cancel_requests",
        help_text="The act on many it belongs to; it leaves people who click their share of Calendly's budget.",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    act_at = models.DateTimeField(help_text="Until then it can be undone.")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    # A claim that runs out belongs to a process that died.
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    found_canceled = models.BooleanField(default=False, help_text="Calendly had it canceled before we asked.")
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["interview"], condition=Q(state__in=["waiting", "acting"]), name="cancel_asked_once"
            )
        ]
        # What is due; and Today, what failed.
        indexes = [models.Index(fields=["state", "act_at"], name="cancel_due")]

    def __str__(self) -> str:
        return f"Cancellation asked for at {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN
