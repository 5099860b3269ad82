"""Reading an address's query."""

from django.http import QueryDict

# The longest number that fits a row id in every database.
MAX_DIGITS = 18


def row_id(query: QueryDict, name: str) -> int | None:
    """The row a parameter names; None when it is missing or no id."""
    text = str(query.get(name, ""))
    return int(text) if text.isdecimal() and len(text) <= MAX_DIGITS else None


def is_set(query: QueryDict, *names: str) -> bool:
    """Whether any of these parameters has a value."""
    return any(query.get(name) for name in names)


def row_ids(query: QueryDict, name: str) -> list[int]:
    """The rows a repeated parameter names; what is no id is left out."""
    return [int(text) for text in query.getlist(name) if text.isdecimal() and len(text) <= MAX_DIGITS]
