"""Rows of the sandbox, in a database file of its own."""

from sandbox.models.availability import BusyTime, Schedule
from sandbox.models.bookings import Event, Invitee, NoShow
from sandbox.models.event_types import EventType, SingleUseLink
from sandbox.models.oauth import Application, AuthorizationCode, Token
from sandbox.models.organizations import Member, Organization
from sandbox.models.switches import ApiRequest, Option, Switch
from sandbox.models.webhooks import Delivery, Subscription

__all__ = [
    "ApiRequest",
    "Application",
    "AuthorizationCode",
    "BusyTime",
    "Delivery",
    "Event",
    "EventType",
    "Invitee",
    "Member",
    "NoShow",
    "Option",
    "Organization",
    "Schedule",
    "SingleUseLink",
    "Subscription",
    "Switch",
    "Token",
]
