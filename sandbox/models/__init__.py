"""Rows of the sandbox, in a database file of its own."""

from sandbox.models.availability import BusyTime, Schedule
from sandbox.models.bookings import Event, Invitee, NoShow
from sandbox.models.event_types import EventType, Share, SingleUseLink
from sandbox.models.gateway import GatewayConnection, GatewayKey
from sandbox.models.mailbox import Mail
from sandbox.models.oauth import Application, AuthorizationCode, Token
from sandbox.models.organizations import Group, GroupRelationship, Member, Organization
from sandbox.models.routing import RoutingForm, RoutingSubmission
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
    "GatewayConnection",
    "GatewayKey",
    "Group",
    "GroupRelationship",
    "Invitee",
    "Mail",
    "Member",
    "NoShow",
    "Option",
    "Organization",
    "RoutingForm",
    "RoutingSubmission",
    "Schedule",
    "Share",
    "SingleUseLink",
    "Subscription",
    "Switch",
    "Token",
]
