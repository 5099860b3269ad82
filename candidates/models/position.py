from django.db import models
from django.db.models.functions import Lower

from candidates.models.name import Folded


class Position(models.Model):
    """A job opening."""

    title = models.CharField(max_length=120)
    department = models.CharField(max_length=80, blank=True)
    location = models.CharField(max_length=80, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = [Folded("title"), "id"]
        constraints = [
            models.UniqueConstraint(
                Lower("title"),
                Lower("location"),
                name="position_title_and_location_once",
                violation_error_message="There is already a position with this title and location.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.location}" if self.location else self.title

    @property
    def is_open(self) -> bool:
        return self.closed_at is None
