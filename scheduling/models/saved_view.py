from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from candidates.models import Folded


class SavedView(models.Model):
    """A table's filter, order and columns under a name, for one person or shared with everyone.

    A deleted one stays for a while, so that deleting can be undone; its name is free at once.
    """

    class Table(models.TextChoices):
        CANDIDATES = "candidates", "Candidates"
        LINKS = "links", "Links"
        INTERVIEWS = "interviews", "Interviews"

    table = models.CharField(max_length=12, choices=Table)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=60)
    query = models.CharField(
        max_length=2000, blank=True, help_text="As in the address; only what the table knows is kept."
    )
    columns = models.JSONField(default=list, blank=True, help_text="Names of columns; empty for the usual ones.")
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = [Folded("name"), "id"]
        constraints = [
            models.UniqueConstraint(
                "owner", "table", Lower("name"), condition=models.Q(deleted_at=None), name="saved_view_name_once"
            ),
        ]
        indexes = [models.Index(fields=["table", "is_shared"], name="saved_view_shared")]

    def __str__(self) -> str:
        return self.name
