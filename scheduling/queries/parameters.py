"""Reading an address's query."""

from collections.abc import Collection, Mapping

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


# What every table's address may hold besides its filters.
TABLE: dict[str, Collection[str]] = {
    "rows": ("25", "50", "100"),
    "after": (),
    "before": (),
    "saved": (),
    "live": (),
    "next": (),
}
ANY: Collection[str] = ()


def ignored(query: QueryDict, known: Mapping[str, Collection[str]]) -> list[str]:
    """The parameters a table does not know, or whose value it does not: what a notice tells was left out.

    `known` names each filter with its values; none named means any. Empty values filter nothing and are fine.
    """
    known = {**TABLE, **known}
    return [
        f"{name[:40]}={value[:40]}"
        for name, value in query.items()
        if name not in known or (value and known[name] and value not in known[name])
    ][:5]
