"""The admin site, for administrators: every row of the desk, no secret on any page."""

from scheduling.admin import connections, deliveries, interviews, links, users

__all__ = ["connections", "deliveries", "interviews", "links", "users"]
