from django.conf import settings
from django.db import models

from candidates.models import Candidate, NameField
from scheduling.models.interview import Attempt, Interview
from scheduling.models.link import BookingLink


class TimelineEntry(models.Model):
    """One thing that happened to a candidate, a link, an interview or the connection: who, when, what.

    Entries are only ever added. The newest id is therefore also the version of every live page.
    """

    class Kind(models.TextChoices):
        CANDIDATE_ADDED = "candidate_added", "Candidate added"
        CANDIDATE_EDITED = "candidate_edited", "Candidate edited"
        CANDIDATE_ARCHIVED = "candidate_archived", "Candidate archived"
        CANDIDATE_RESTORED = "candidate_restored", "Candidate restored"
        HANDED_OVER = "handed_over", "Handed over"
        LINK_MADE = "link_made", "Booking link made"
        LINK_OPENED = "link_opened", "Booking link opened"
        LINK_WITHDRAWN = "link_withdrawn", "Booking link withdrawn"
        LINK_REPLACED = "link_replaced", "Booking link replaced"
        TIMES_SHARED = "times_shared", "Times shared"
        TIMES_REFUSED = "times_refused", "None of the times work"
        CHANGE_ASKED = "change_asked", "Asked to change"
        NEXT_OFFERED = "next_offered", "Next interview offered"
        CONFIRMATION_SENT = "confirmation_sent", "Confirmation sent again"
        INVITATION_SENT = "invitation_sent", "Invitation sent"
        REMINDER_SENT = "reminder_sent", "Reminder sent"
        NOTICE_SENT = "notice_sent", "Cancellation sent"
        MAIL_FAILED = "mail_failed", "E-mail not sent"
        MAIL_BOUNCED = "mail_bounced", "E-mail bounced"
        MAIL_UNKNOWN = "mail_unknown", "E-mail perhaps sent"
        BOOKED = "booked", "Interview booked"
        MOVED = "moved", "Interview moved"
        CANCELED = "canceled", "Interview canceled"
        CANCEL_ASKED = "cancel_asked", "Asked to cancel"
        CANCEL_UNDONE = "cancel_undone", "Cancellation undone in time"
        CANCEL_FAILED = "cancel_failed", "Cancellation failed"
        CANCEL_DROPPED = "cancel_dropped", "Left booked after all"
        CANCEL_FOUND = "cancel_found", "Was canceled at Calendly already"
        NO_SHOW_MARKED = "no_show_marked", "Candidate marked as no-show"
        NO_SHOW_UNDONE = "no_show_undone", "Candidate’s no-show undone"
        ABSENCE_MARKED = "absence_marked", "Interviewer marked as no-show"
        ABSENCE_UNDONE = "absence_undone", "Interviewer’s no-show undone"
        HELD = "held", "Marked as held"
        HELD_UNDONE = "held_undone", "Held undone"
        ATTACHED = "attached", "Booking attached to candidate"
        ROUTING_SUBMITTED = "routing_submitted", "Routing form submitted"
        CONNECTED = "connected", "Calendly connected"
        DISCONNECTED = "disconnected", "Calendly disconnected"
        CONNECTION_LOST = "connection_lost", "Calendly connection lost"
        SUBSCRIPTION_HEALED = "subscription_healed", "Subscription replaced"
        DRIFT_HEALED = "drift_healed", "Missed bookings recovered"

    kind = models.CharField(max_length=20, choices=Kind)
    candidate = models.ForeignKey(Candidate, null=True, blank=True, on_delete=models.CASCADE, related_name="timeline")
    interview = models.ForeignKey(Interview, null=True, blank=True, on_delete=models.SET_NULL, related_name="timeline")
    attempt = models.ForeignKey(Attempt, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    link = models.ForeignKey(BookingLink, null=True, blank=True, on_delete=models.SET_NULL, related_name="timeline")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor_name = NameField(max_length=255, blank=True, help_text="Who, when it was no user of ours.")
    happened_at = models.DateTimeField()
    detail = models.TextField(blank=True)
    # Names the fact, so that a delivery that comes twice tells it once.
    key = models.CharField(max_length=600, unique=True)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-happened_at", "-id"]
        verbose_name_plural = "timeline entries"
        indexes = [
            models.Index(fields=["candidate", "-happened_at"], name="timeline_of_candidate"),
            # Today: what candidates asked lately.
            models.Index(fields=["kind", "-happened_at"], name="timeline_of_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.happened_at:%Y-%m-%d %H:%M}"
