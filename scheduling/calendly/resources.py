"""Calendly's objects as typed values; unknown fields are ignored, missing optional ones are survived.

Field names are Calendly's, but for `Location`, whose ten shapes become one. Times are aware UTC datetimes. Words whose
vocabulary may grow (statuses, kinds) stay text.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, model_validator


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


Moment = Annotated[datetime, AfterValidator(_in_utc)]


def resource_id(uri: str) -> str:
    """The last path segment of a resource's address; both of Calendly's id forms. Raises ValueError on others."""
    identifier = urlsplit(uri).path.rstrip("/").rsplit("/", 1)[-1]
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", identifier):
        raise ValueError("not a Calendly resource address")
    return quote(identifier)


class Resource(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class OAuthToken(Resource):
    """The token endpoint's answer; `expires_in` is in seconds."""

    access_token: str = Field(repr=False)
    refresh_token: str = Field(default="", repr=False)
    scope: str = ""
    expires_in: int = 7200
    owner: str = ""
    organization: str = ""


class User(Resource):
    uri: str
    name: str
    email: str
    slug: str = ""
    scheduling_url: str = ""
    timezone: str | None = None
    avatar_url: str | None = None
    current_organization: str = ""


class Organization(Resource):
    """`plan` "basic" is the free one; `stage` tells free and trial from paid."""

    uri: str
    name: str | None = None
    kind: str = ""
    plan: str = ""
    stage: str = ""


class Membership(Resource):
    uri: str
    role: str
    user: User
    organization: str = ""


class CustomQuestion(Resource):
    name: str
    type: str
    position: int
    enabled: bool = True
    required: bool = False
    answer_choices: list[str] | None = None
    include_other: bool = False


class LocationOption(Resource):
    kind: str
    location: str | None = None
    additional_info: str | None = None
    phone_number: str | None = None


class Profile(Resource):
    type: str
    name: str
    owner: str


class EventType(Resource):
    """`duration` is in minutes."""

    uri: str
    name: str | None = None
    active: bool = True
    slug: str | None = None
    scheduling_url: str = ""
    duration: float
    kind: str = "solo"
    pooling_type: str | None = None
    type: str = "StandardEventType"
    color: str | None = None
    description_plain: str | None = None
    profile: Profile | None = None
    secret: bool = False
    deleted_at: Moment | None = None
    locations: list[LocationOption] | None = None
    custom_questions: list[CustomQuestion] = Field(default_factory=list)
    created_at: Moment
    updated_at: Moment


class EventTypeMembership(Resource):
    """Who hosts an event type."""

    uri: str
    member: User


class AvailableTime(Resource):
    status: str = "available"
    invitees_remaining: int = 1
    start_time: Moment
    scheduling_url: str = ""


class EventReference(Resource):
    uri: str


class BusyTime(Resource):
    type: str
    start_time: Moment
    end_time: Moment
    buffered_start_time: Moment | None = None
    buffered_end_time: Moment | None = None
    event: EventReference | None = None


class Interval(Resource):
    """Local clock times "hh:mm" of the schedule's zone."""

    start: str = Field(validation_alias=AliasChoices("from", "start"))
    end: str = Field(validation_alias=AliasChoices("to", "end"))


class AvailabilityRule(Resource):
    type: str
    intervals: list[Interval] = Field(default_factory=list)
    wday: str | None = None
    date: str | None = None


class AvailabilitySchedule(Resource):
    uri: str
    default: bool = False
    name: str | None = None
    user: str = ""
    timezone: str
    rules: list[AvailabilityRule] = Field(default_factory=list)


class ScheduleRule(Resource):
    """The hours of one host of an event type; like `AvailabilitySchedule`, but never named as anybody's default."""

    uri: str = ""
    name: str | None = None
    user: str = ""
    timezone: str
    rules: list[AvailabilityRule] = Field(default_factory=list)


class EventTypeSchedule(Resource):
    event_type: str = ""
    availability_rule: ScheduleRule


class Location(Resource):
    """Where a booked event takes place; `kind` is Calendly's `type`."""

    kind: str = ""
    text: str | None = None
    additional_info: str | None = None
    join_url: str | None = None
    status: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_shape(cls, value: Any) -> Any:
        if not isinstance(value, dict) or "type" not in value:
            return value
        return {
            "kind": value["type"],
            "text": value.get("location"),
            "additional_info": value.get("additional_info"),
            "join_url": value.get("join_url"),
            "status": value.get("status"),
        }


class Host(Resource):
    """An event membership: who hosts."""

    uri: str = Field(validation_alias=AliasChoices("user", "uri"))
    email: str | None = Field(default=None, validation_alias=AliasChoices("user_email", "email"))
    name: str | None = Field(default=None, validation_alias=AliasChoices("user_name", "name"))


class InviteesCounter(Resource):
    total: int = 0
    active: int = 0
    limit: int = 1


class Cancellation(Resource):
    canceled_by: str | None = None
    reason: str | None = None
    canceler_type: str | None = None
    created_at: Moment | None = None


class ScheduledEvent(Resource):
    uri: str
    name: str | None = None
    status: str = "active"
    start_time: Moment
    end_time: Moment
    event_type: str | None = None
    location: Location | None = None
    invitees_counter: InviteesCounter | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None
    event_memberships: list[Host] = Field(default_factory=list)
    cancellation: Cancellation | None = None


class Answer(Resource):
    question: str
    answer: str = ""
    position: int = 0


class Tracking(Resource):
    utm_campaign: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_content: str | None = None
    utm_term: str | None = None
    salesforce_uuid: str | None = None


class NoShow(Resource):
    uri: str
    created_at: Moment
    invitee: str | None = None


class Invitee(Resource):
    """One person's seat in a scheduled event. Payloads carry `scheduled_event`, REST answers do not."""

    uri: str
    event: str
    email: str
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    status: str = "active"
    timezone: str | None = None
    created_at: Moment
    updated_at: Moment
    questions_and_answers: list[Answer] = Field(default_factory=list)
    tracking: Tracking | None = None
    rescheduled: bool = False
    old_invitee: str | None = None
    new_invitee: str | None = None
    cancel_url: str | None = None
    reschedule_url: str | None = None
    no_show: NoShow | None = None
    cancellation: Cancellation | None = None
    scheduled_event: ScheduledEvent | None = None
    scheduling_method: str | None = None
    routing_form_submission: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _heal_uri(cls, value: Any) -> Any:
        """A recorded payload of 2023 names its event as the invitee; the cancel address ends in the invitee's id."""
        if not isinstance(value, dict) or "/invitees/" in str(value.get("uri")):
            return value
        invitee_id = str(value.get("cancel_url") or "").rstrip("/").rsplit("/", 1)[-1]
        if not invitee_id or not value.get("event"):
            return value
        return {**value, "uri": f"{value['event']}/invitees/{invitee_id}"}


class SchedulingLink(Resource):
    booking_url: str
    owner: str = ""
    owner_type: str = ""


class Share(Resource):
    """A customised single-use link whose state can be read and which can be deleted; one-on-one event types only."""

    uri: str
    status: str = "active"
    scheduling_links: list[SchedulingLink] = Field(default_factory=list)


class RoutingQuestion(Resource):
    uuid: str
    name: str
    type: str = "text"
    required: bool = False
    answer_choices: list[str] | None = None


class RoutingForm(Resource):
    uri: str
    name: str
    status: str = "published"
    organization: str = ""
    questions: list[RoutingQuestion] = Field(default_factory=list)
    created_at: Moment
    updated_at: Moment


class RoutingAnswer(Resource):
    question: str
    answer: str = ""
    question_uuid: str = ""


class RoutingResult(Resource):
    """Where a submission led: an event type's address, an external one, or a message."""

    type: str = ""
    value: str | dict[str, Any] | None = None


class RoutingSubmission(Resource):
    uri: str
    routing_form: str
    questions_and_answers: list[RoutingAnswer] = Field(default_factory=list)
    tracking: Tracking | None = None
    result: RoutingResult | None = None
    submitter: str | None = None
    submitter_type: str | None = None
    created_at: Moment
    updated_at: Moment


class GatewayConnection(Resource):
    """A connection a managed gateway keeps; `url` is where a person gives consent while it is pending."""

    connection_id: str
    status: str
    url: str = ""
    app: str = ""
    creation_time: Moment


class WebhookSubscription(Resource):
    uri: str
    callback_url: str
    state: str
    scope: str = ""
    events: list[str] = Field(default_factory=list)
    organization: str = ""
    user: str | None = None
    creator: str | None = None
    created_at: Moment
    retry_started_at: Moment | None = None
