"""What lists tell of the rows theirs belong to, so that no more is read: whatever else is asked costs a query a row."""

CANDIDATE = ("name", "email", "archived_at")
EVENT_TYPE = ("name",)
# As their models write them.
POSITION = ("title", "location")
PERSON = ("first_name", "last_name", "email")


def of(relation: str, fields: tuple[str, ...]) -> list[str]:
    """These fields by the way that leads to them, as `only` takes them."""
    return [f"{relation}__{field}" for field in fields]
