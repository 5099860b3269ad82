"""The admin site, for administrators: every row of the desk, no secret on any page."""

from scheduling.admin import batches, connections, deliveries, interviews, links, messages, people, users

__all__ = ["batches", "connections", "deliveries", "interviews", "links", "messages", "people", "users"]
