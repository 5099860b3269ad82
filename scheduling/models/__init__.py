"""Rows: one module per noun."""

from scheduling.models.claim import LinkClaim
from scheduling.models.connection import Connection
from scheduling.models.delivery import Delivery
from scheduling.models.event_type import EventType, EventTypeQuestion
from scheduling.models.interview import Attempt, AttemptAnswer, Interview
from scheduling.models.interviewer import Interviewer
from scheduling.models.link import BookingLink
from scheduling.models.subscription import Subscription
from scheduling.models.timeline import TimelineEntry

__all__ = [
    "Attempt",
    "AttemptAnswer",
    "BookingLink",
    "Connection",
    "Delivery",
    "EventType",
    "EventTypeQuestion",
    "Interview",
    "Interviewer",
    "LinkClaim",
    "Subscription",
    "TimelineEntry",
]
