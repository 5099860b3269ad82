from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone

from candidates.models.candidate import Candidate
from candidates.models.candidate_import import CandidateImport


class Note(models.Model):
    """What somebody wrote down about a candidate. A deleted one stays, so that deleting can be undone."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    text = models.TextField(max_length=10_000)
    imported_by = models.ForeignKey(CandidateImport, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        # The candidate's page reads them in this order.
        indexes = [models.Index(fields=["candidate", "-created_at"], name="note_of_candidate")]

    def __str__(self) -> str:
        return f"note of {self.created_at:%Y-%m-%d %H:%M}"

    def may_be_changed_by(self, user: User) -> bool:
        """One's own, or anybody's for those who may change notes as such."""
        is_own = self.author_id is not None and self.author_id == user.pk
        return user.has_perm("candidates.change_candidate") and (is_own or user.has_perm("candidates.change_note"))
