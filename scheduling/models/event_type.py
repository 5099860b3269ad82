from django.db import models

from candidates.models import Folded
from scheduling.models.connection import Connection
from scheduling.models.interviewer import Interviewer


class EventType(models.Model):
    """Calendly's template for one kind of interview, mirrored."""

    class Kind(models.TextChoices):
        SOLO = "solo", "One candidate"
        GROUP = "group", "Group"

    class Pooling(models.TextChoices):
        NONE = "", "One interviewer"
        ROUND_ROBIN = "round_robin", "Round robin"
        COLLECTIVE = "collective", "Collective"
        MULTI_POOL = "multi_pool", "Several pools"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="event_types")
    uri = models.URLField(max_length=255, unique=True)
    name = models.CharField(max_length=255)
    slug = models.CharField(max_length=255, blank=True)
    scheduling_url = models.URLField(max_length=500)
    duration_min = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SOLO)
    pooling = models.CharField(max_length=20, choices=Pooling, default=Pooling.NONE, blank=True)
    color = models.CharField(max_length=7, blank=True)
    description = models.TextField(blank=True)
    location_kinds = models.JSONField(
        default=list, blank=True, help_text="Calendly's location kinds, as a list of words."
    )
    locations = models.JSONField(
        default=list,
        blank=True,
        help_text="The same as Calendly says them; booking needs their words.",
    )
    hosts = models.ManyToManyField(Interviewer, blank=True, related_name="hosted_event_types")
    owner_name = models.CharField(max_length=255, blank=True)
    is_active = models.BooleanField(default=True)
    is_secret = models.BooleanField(default=False)
    deleted_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(
        help_text="Calendly's own time stamp; older deliveries never overwrite newer ones."
    )

    class Meta:
        ordering = [Folded("name"), "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_one_on_one(self) -> bool:
        """One candidate with one interviewer of their own: Calendly's shares are for these only."""
        return self.kind == self.Kind.SOLO and not self.pooling

    @property
    def is_bookable(self) -> bool:
        return self.is_active and self.deleted_at is None


class EventTypeQuestion(models.Model):
    """One custom question of an event type's booking form."""

    class AnswerType(models.TextChoices):
        STRING = "string", "One line"
        TEXT = "text", "Several lines"
        PHONE_NUMBER = "phone_number", "Phone number"
        SINGLE_SELECT = "single_select", "One of a list"
        MULTI_SELECT = "multi_select", "Several of a list"

    event_type = models.ForeignKey(EventType, on_delete=models.CASCADE, related_name="questions")
    text = models.TextField()
    answer_type = models.CharField(max_length=20, choices=AnswerType, default=AnswerType.TEXT)
    position = models.PositiveIntegerField()
    is_required = models.BooleanField(default=False)
    choices = models.JSONField(default=list, blank=True)
    includes_other = models.BooleanField(default=False, help_text="Whether words beside the choices will do.")

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.text
