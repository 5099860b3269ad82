"""What lists tell of the rows theirs belong to, so that no more is read: whatever else is asked costs a query a row."""

from django.db.models import CharField, ExpressionWrapper, F
from django.db.models.expressions import Combinable

CANDIDATE = ("name", "email", "archived_at")
EVENT_TYPE = ("name",)
# As their models write them.
POSITION = ("title", "location")
PERSON = ("first_name", "last_name", "email")


def of(relation: str, fields: tuple[str, ...]) -> list[str]:
    """These fields by the way that leads to them, as `only` takes them."""
    return [f"{relation}__{field}" for field in fields]


def phone(of: str = "") -> Combinable:
    """A phone number as the text that is kept: to make a number of it takes as long as the rest of a row, and few lists
    show it. `of` leads to whose it is, such as "candidate__"."""
    return ExpressionWrapper(F(f"{of}phone"), output_field=CharField())
