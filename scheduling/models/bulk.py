from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from candidates.models import Candidate
from scheduling.models.interview import Interview
from scheduling.models.link import BookingLink


class BulkRun(models.Model):
    """One act for many rows, chosen once and done one by one; what comes to match the filter later is not touched."""

    class Act(models.TextChoices):
        INVITE = "invite", "Make links"
        NUDGE = "nudge", "Remind by e-mail"
        WITHDRAW = "withdraw", "Withdraw links"
        CANCEL = "cancel", "Cancel interviews"
        NO_SHOW = "no-show", "Mark as candidate no-show"
        HELD = "held", "Mark as held"
        ARCHIVE = "archive", "Archive candidates"
        RESTORE = "restore", "Restore candidates"
        OWNER = "owner", "Hand over"
        TAG = "tag", "Add a tag"
        UNTAG = "untag", "Remove a tag"

    act = models.CharField(max_length=10, choices=Act)
    wish = models.JSONField(default=dict, blank=True, help_text="What was filled in, such as a reason or a tag.")
    chosen = models.CharField(max_length=500, blank=True, help_text="The filter in words; empty for rows ticked.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    # Sending the form twice makes one run.
    request_key = models.UUIDField(unique=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stop_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.get_act_display()}, {self.created_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("bulk_run", args=[self.pk])


class BulkItem(models.Model):
    """One row of a run with its result; exactly one of candidate, link and interview.

    Where links are made, `request_key` is the link's too: it leads there, and going on makes no second link.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        SKIPPED = "skipped", "Left out"

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="items")
    candidate = models.ForeignKey(Candidate, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    link = models.ForeignKey(BookingLink, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    interview = models.ForeignKey(Interview, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    request_key = models.UUIDField(unique=True, null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    # A claim that runs out belongs to a process that died.
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "candidate"], name="bulk_candidate_once"),
            models.UniqueConstraint(fields=["run", "link"], name="bulk_link_once"),
            models.UniqueConstraint(fields=["run", "interview"], name="bulk_interview_once"),
            models.CheckConstraint(
                condition=Q(candidate__isnull=False, link=None, interview=None)
                | Q(candidate=None, link__isnull=False, interview=None)
                | Q(candidate=None, link=None, interview__isnull=False),
                name="bulk_one_row",
            ),
        ]
        indexes = [models.Index(fields=["run", "state"], name="bulk_waiting")]

    def __str__(self) -> str:
        return str(self.candidate or self.link or self.interview)
