"""Rows: one module per noun."""

from scheduling.models.booking_request import BookingRequest
from scheduling.models.bulk import BulkItem, BulkRun
from scheduling.models.calendar_window import CalendarWindow
from scheduling.models.cancellation import CancelRequest
from scheduling.models.claim import LinkClaim
from scheduling.models.connection import Connection
from scheduling.models.delivery import Delivery
from scheduling.models.event_type import EventType, EventTypeQuestion
from scheduling.models.interview import Attempt, AttemptAnswer, BookingWord, Interview
from scheduling.models.interviewer import Interviewer
from scheduling.models.invitation import Invitation
from scheduling.models.link import BookingLink, FormerReference
from scheduling.models.message import Message, MessageTemplate
from scheduling.models.plan import NextStep, PlanStep
from scheduling.models.policy import CandidatePolicy
from scheduling.models.preference import Preference
from scheduling.models.rate_window import RateWindow
from scheduling.models.routing import RoutingForm, RoutingSubmission
from scheduling.models.saved_view import SavedView
from scheduling.models.shared_times import SharedTimes
from scheduling.models.subscription import Subscription
from scheduling.models.sync import EventSnapshot, SyncRun
from scheduling.models.timeline import TimelineEntry

__all__ = [
    "Attempt",
    "AttemptAnswer",
    "BookingLink",
    "BookingRequest",
    "BookingWord",
    "BulkItem",
    "BulkRun",
    "CalendarWindow",
    "CancelRequest",
    "CandidatePolicy",
    "Connection",
    "Delivery",
    "EventSnapshot",
    "EventType",
    "EventTypeQuestion",
    "FormerReference",
    "Interview",
    "Interviewer",
    "Invitation",
    "LinkClaim",
    "Message",
    "MessageTemplate",
    "NextStep",
    "PlanStep",
    "Preference",
    "RateWindow",
    "RoutingForm",
    "RoutingSubmission",
    "SavedView",
    "SharedTimes",
    "Subscription",
    "SyncRun",
    "TimelineEntry",
]
