from django.core.validators import MinValueValidator
from django.db import models

from candidates.models import Folded
from scheduling.models.connection import Connection


class Interviewer(models.Model):
    """A member of the Calendly organisation who hosts; a former member stays, because past interviews name them."""

    connection = models.ForeignKey(
        Connection, null=True, blank=True, on_delete=models.SET_NULL, related_name="interviewers"
    )
    user_uri = models.URLField(max_length=255, unique=True)
    name = models.CharField(max_length=255, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    timezone = models.CharField(max_length=64, blank=True)
    role = models.CharField(max_length=20, blank=True)
    is_member = models.BooleanField(default=True)
    # Ours, not Calendly's: reaching them is said, never prevented.
    max_per_day = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    max_per_week = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])

    class Meta:
        ordering = [Folded("name"), "id"]

    def __str__(self) -> str:
        return self.name or self.email or self.user_uri
