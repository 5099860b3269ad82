from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from phonenumber_field.modelfields import PhoneNumberField

from candidates.models.name import NameField, SortNameField
from candidates.models.position import Position
from candidates.models.tag import Tag

CURRENT = models.Q(archived_at__isnull=True)
# Not `~CURRENT`: SQLite takes a partial index only for the words it was made with.
ARCHIVED = models.Q(archived_at__isnull=False)


def validate_zone(value: str) -> None:
    """Refuse a name that is not an IANA time zone."""
    if value not in available_timezones():
        raise ValidationError("Choose a time zone from the list, such as Europe/Berlin.", code="zone")


class Candidate(models.Model):
    """A person we may interview; one row per e-mail address, whatever its case."""

    name = NameField(max_length=200)
    sort_name = SortNameField(default=b"")
    email = models.EmailField(max_length=254)
    phone = PhoneNumberField(blank=True)
    timezone = models.CharField(max_length=64, blank=True, validators=[validate_zone])
    # Whom a position or a tag is of has an index that holds all of it (migration 0011), for Django's tables between two
    # cannot say their own.
    positions = models.ManyToManyField(Position, blank=True, related_name="candidates")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, db_index=False
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="candidates")
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    # Where the scheduling stands, for filters and counts only: a note of what `scheduling.queries.candidates` derives,
    # written by `scheduling.services.standings`. Due from `standing_until` on; saving the whole row makes it due.
    standing = models.CharField(max_length=20, blank=True, editable=False)
    standing_since = models.DateTimeField(null=True, blank=True, editable=False)
    standing_until = models.DateTimeField(null=True, blank=True, auto_now=True)
    next_interview_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["sort_name", "id"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="candidate_email_once",
                violation_error_message="There is already a candidate with this e-mail address.",
            )
        ]
        # The list's orders among the not archived, all and of one standing. PostgreSQL takes no order from behind an
        # `IS NULL`, so these are partial.
        indexes = [
            models.Index(fields=["sort_name", "id"], condition=CURRENT, name="candidate_by_name"),
            models.Index(
                fields=["standing", "sort_name", "id", "standing_until"],
                condition=CURRENT,
                name="candidate_of_standing",
            ),
            models.Index(fields=["standing", "standing_since", "id"], condition=CURRENT, name="candidate_on_board"),
            models.Index(fields=["owner", "sort_name", "id"], condition=CURRENT, name="candidate_of_owner"),
            models.Index(fields=["-created_at", "-id"], condition=CURRENT, name="candidate_newest"),
            models.Index(fields=["next_interview_at", "sort_name", "id"], condition=CURRENT, name="candidate_by_next"),
            models.Index(fields=["sort_name", "id"], condition=ARCHIVED, name="candidate_archived"),
            # Whatever is ordered by whose it is.
            models.Index(fields=["sort_name", "id"], name="candidate_of_any_name"),
            # What is due; and counts, which leave that out, need the index alone.
            models.Index(fields=["standing_until", "id"], name="candidate_standing_due"),
            models.Index(fields=["standing", "standing_until"], condition=CURRENT, name="candidate_counted"),
            models.Index(fields=["standing", "standing_until"], condition=ARCHIVED, name="candidate_archived_counted"),
            # A few thousand found by a word, a position or a tag: counted by state and put in order, of a list or of a
            # board, by the index alone.
            models.Index(
                fields=["id", "sort_name", "standing", "standing_until", "standing_since"],
                condition=CURRENT,
                name="candidate_found",
            ),
            # Whose an interview is, in the order in which a list of ids is made, and how many of one's own are in each
            # state.
            models.Index(fields=["owner", "id", "archived_at", "standing", "standing_until"], name="candidate_owned"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.split() else self.name
