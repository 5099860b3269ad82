from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models

MOST_MOVES = 20
MOST_HOURS = 24 * 14


class CandidatePolicy(models.Model):
    """What candidates may do on their page by themselves; one row for the installation, made by a migration."""

    books_in_place = models.BooleanField(
        default=True, help_text="Candidates choose a time on our page; else they go on to Calendly."
    )
    embeds = models.BooleanField(
        default=False, help_text="Calendly’s own page is shown inside ours instead of on its own."
    )
    heals = models.BooleanField(
        default=True, help_text="A link that died at Calendly is replaced when its candidate opens it."
    )
    max_moves = models.PositiveIntegerField(
        default=3, validators=[MaxValueValidator(MOST_MOVES)], help_text="How often an interview may be moved."
    )
    cutoff_hours = models.PositiveIntegerField(
        default=2,
        validators=[MaxValueValidator(MOST_HOURS)],
        help_text="From so many hours before the start, candidates ask instead of changing or canceling.",
    )
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "candidate policies"

    def __str__(self) -> str:
        return "What candidates may do"
