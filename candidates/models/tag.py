from django.db import models
from django.db.models.functions import Lower

from candidates.models.name import Folded


class Tag(models.Model):
    """A word to find candidates by; one row per word, whatever its case."""

    name = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = [Folded("name"), "id"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"), name="tag_name_once", violation_error_message="There is already a tag with this name."
            )
        ]

    def __str__(self) -> str:
        return self.name
