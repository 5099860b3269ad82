"""Booking without the page, and the limits this operation has of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse

from sandbox import clock, options
from sandbox.api import problems
from sandbox.api.operation import Call, operation
from sandbox.api.parameters import by_uri, moment, needed
from sandbox.engine import bookings, resources
from sandbox.engine.resources import TRACKING_KEYS, Json
from sandbox.models import ApiRequest, EventType, Member, Organization

NAME = "invitees.create"
FIELDS = ("event_type", "start_time", "invitee", "location", "questions_and_answers", "tracking", "event_guests")
MAX_GUESTS = 10
# Kinds of places that need to be said in words.
SAID = ("physical", "outbound_call", "ask_invitee", "custom")
FULL = "sandbox.full_window"
Details = list[tuple[str, str]]


@dataclass(frozen=True)
class Window:
    """So many bookings within a span."""

    limit: int
    span: timedelta


DAY = timedelta(days=1)
BY_STAGE = {Organization.Stage.TRIAL: [Window(5, DAY)], Organization.Stage.FREE: [Window(5, DAY)]}
PAID = [Window(10, timedelta(minutes=1)), Window(50, timedelta(hours=1)), Window(100, DAY)]
ENTERPRISE = [Window(500, timedelta(minutes=1))]


def create(request: HttpRequest) -> HttpResponse:
    """POST /invitees; when a limit of its own is reached, the headers tell that one instead of the general one."""
    response = _create(request)
    for name, value in request.META.get(FULL, {}).items():
        response[name] = value
    return response


@operation(NAME, scope="scheduled_events:write", status=201, fields=FIELDS)
def _create(call: Call) -> Json:
    """Book an open slot; nothing keeps the same body from booking again."""
    _check_limits(call)
    needed(call.body, "event_type", "start_time", "invitee")
    rows = EventType.objects.filter(organization=call.member.organization)
    event_type = by_uri(rows.select_related("owner", "organization"), "event_type", call.body["event_type"])
    if event_type is None or not event_type.is_bookable:
        raise problems.not_found()
    if event_type.is_paid and options.read("paid_booking") != "allow":
        raise problems.invalid(("event_type", "requires a payment"))
    start = moment(call.body, "start_time")
    if start <= clock.now():
        raise problems.invalid(("start_time", "start_time must be in the future"))
    person = _person(call.body, event_type)
    try:
        invitee = bookings.book(event_type, start=start, person=person, scheduling_method="api")
    except bookings.SlotTaken as error:
        raise TAKEN[options.read("taken_status")]() from error
    return {"resource": resources.invitee(invitee)}


TAKEN: dict[str, Callable[[], problems.ApiError]] = {
    "400": lambda: problems.invalid(("start_time", "is no longer available", "already_filled")),
    "404": problems.not_found,
    "409": lambda: problems.ApiError(409, "Conflict", "The start_time is no longer available."),
}


def _check_limits(call: Call) -> None:
    for window in _windows(call.member.organization):
        made = _made_within(window, call.member)
        if len(made) >= window.limit:
            # `operation` writes the general limit on every response; `create` puts this one in its place.
            call.request.META[FULL] = _headers(window, until=made[-window.limit] + window.span)
            raise problems.too_many()


def _windows(organization: Organization) -> list[Window]:
    paid = ENTERPRISE if organization.plan == "enterprise" else PAID
    return BY_STAGE.get(Organization.Stage(organization.stage), paid)


def _made_within(window: Window, member: Member) -> list[datetime]:
    """When this user's calls were made, over all applications and tokens; refused ones do not count."""
    rows = ApiRequest.objects.filter(member=member, operation=NAME, made_at__gt=clock.now() - window.span)
    return list(rows.exclude(status=429).order_by("made_at").values_list("made_at", flat=True))


def _headers(window: Window, *, until: datetime) -> dict[str, str]:
    seconds = int((until - clock.now()).total_seconds())
    return {
        "X-RateLimit-Limit": str(window.limit),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(max(1, seconds)),
    }


def _person(body: dict[str, Any], event_type: EventType) -> bookings.Person:
    """Who books; 400 naming everything that will not do."""
    invitee = body["invitee"] if isinstance(body["invitee"], dict) else {}
    answers = body.get("questions_and_answers") or []
    location = body.get("location") or {}
    guests = body.get("event_guests") or []
    found = [
        *_invitee_problems(invitee),
        *_location_problems(location, event_type),
        *_answer_problems(answers, event_type),
        *_tracking_problems(body.get("tracking")),
        *_guest_problems(guests),
    ]
    if found:
        raise problems.invalid(*found)
    names = [invitee.get("first_name"), invitee.get("last_name")]
    return bookings.Person(
        name=invitee.get("name") or " ".join(filter(None, names)),
        email=invitee["email"],
        timezone=invitee["timezone"],
        answers=_answers(answers, event_type),
        tracking={key: value for key, value in (body.get("tracking") or {}).items() if key in TRACKING_KEYS and value},
        location_kind=location.get("kind", ""),
        location_text=location.get("location", ""),
        text_reminder_number=invitee.get("text_reminder_number"),
        guests=guests,
    )


def _invitee_problems(invitee: Json) -> Details:
    found = [(f"invitee.{name}", "is missing") for name in ("email", "timezone") if not invitee.get(name)]
    if not invitee.get("name") and not invitee.get("first_name"):
        found.append(("invitee.name", "is missing"))
    if invitee.get("email") and not _is_email(invitee["email"]):
        found.append(("invitee.email", "must be a valid email"))
    if invitee.get("timezone") and invitee["timezone"] not in available_timezones():
        found.append(("invitee.timezone", "must be a valid time zone"))
    texts = ("name", "first_name", "last_name", "text_reminder_number")
    return found + [(f"invitee.{n}", "must be a string") for n in texts if not isinstance(invitee.get(n) or "", str)]


def _location_problems(location: Any, event_type: EventType) -> Details:
    """One must be named even where there is only one, and none where hosts are picked or there is no place."""
    offered = [] if event_type.pooling == "round_robin" else event_type.locations
    if not isinstance(location, dict):
        return [("location", "must be an object")]
    if not offered:
        return [("location", "must be left out for this event type")] if location else []
    if not location:
        return [("location", "is missing")]
    of_kind = [option for option in offered if option["kind"] == location.get("kind")]
    if not of_kind:
        return [("location.kind", "is not offered by this event type")]
    return _place_problems(location, of_kind)


def _place_problems(location: Json, of_kind: list[Json]) -> Details:
    """What people must say in words, they must say as offered where the event type says it."""
    text = location.get("location")
    if text is None and location["kind"] not in SAID:
        return []
    if not text or not isinstance(text, str):
        return [("location.location", "is missing")]
    places = [option["location"] for option in of_kind if option.get("location")]
    is_offered = not places or text in places
    return [] if is_offered else [("location.location", "is not offered by this event type")]


def _answer_problems(answers: Any, event_type: EventType) -> Details:
    """Questions are known by their exact text; every required one must be answered."""
    if not isinstance(answers, list) or not all(isinstance(item, dict) for item in answers):
        return [("questions_and_answers", "must be a list of objects")]
    found = [
        (f"questions_and_answers[{place}].{key}", "is missing")
        for place, item in enumerate(answers)
        for key in ("question", "answer", "position")
        if item.get(key) is None
    ]
    known = {asked["name"]: asked["required"] for asked in _asked(event_type)}
    given = {str(item.get("question")) for item in answers if item.get("answer")}
    unknown = [
        (f"questions_and_answers[{place}].question", "does not match a question of this event type")
        for place, item in enumerate(answers)
        if item.get("question") is not None and item["question"] not in known
    ]
    unanswered = [name for name, is_required in known.items() if is_required and name not in given]
    return found + unknown + [("questions_and_answers", f"{name}: is missing") for name in unanswered]


def _asked(event_type: EventType) -> list[Json]:
    return [question for question in event_type.questions if question["enabled"]]


def _answers(answers: list[Json], event_type: EventType) -> list[Json]:
    """With the positions of the questions, whatever was sent."""
    positions = {asked["name"]: asked["position"] for asked in event_type.questions}
    return [
        {"answer": str(item["answer"]), "position": positions[item["question"]], "question": item["question"]}
        for item in answers
        if item["answer"]
    ]


def _tracking_problems(tracking: Any) -> Details:
    if tracking is None:
        return []
    if not isinstance(tracking, dict):
        return [("tracking", "must be an object")]
    missing = [(f"tracking.{key}", "is missing") for key in TRACKING_KEYS if key not in tracking]
    wrong = [key for key in TRACKING_KEYS if not isinstance(tracking.get(key) or "", str)]
    return missing + [(f"tracking.{key}", "must be a string") for key in wrong]


def _guest_problems(guests: Any) -> Details:
    if not isinstance(guests, list) or len(guests) > MAX_GUESTS:
        return [("event_guests", f"must be a list of at most {MAX_GUESTS} emails")]
    wrong = [place for place, guest in enumerate(guests) if not _is_email(guest)]
    return [(f"event_guests[{place}]", "must be a valid email") for place in wrong]


def _is_email(value: Any) -> bool:
    try:
        validate_email(value)
    except ValidationError:
        return False
    return True
