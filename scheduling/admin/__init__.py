"""The admin site, for administrators: every row of the desk, no secret on any page."""

from scheduling.admin import (
    availability,
    cancellations,
    connections,
    deliveries,
    interviews,
    links,
    messages,
    people,
    plans,
    tables,
    users,
)

__all__ = [
    "availability",
    "cancellations",
    "connections",
    "deliveries",
    "interviews",
    "links",
    "messages",
    "people",
    "plans",
    "tables",
    "users",
]
