"""Shares: single-use links that may differ from their event type."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from sandbox import clock
from sandbox.api import problems
from sandbox.api.operation import Call, operation
from sandbox.api.parameters import by_id, by_uri, choice, needed, optional_moment, page
from sandbox.engine import resources
from sandbox.engine.resources import Json
from sandbox.models import EventType, Member, Share, SingleUseLink

PERIODS = ("available_moving", "moving", "fixed", "unlimited")
KINDS = (
    "physical",
    "ask_invitee",
    "custom",
    "outbound_call",
    "inbound_call",
    "google_conference",
    "gotomeeting_conference",
    "microsoft_teams_conference",
    "webex_conference",
    "zoom_conference",
)
MAX_TEXT = 255
OVERRIDES = (
    "name",
    "duration",
    "duration_options",
    "period_type",
    "start_date",
    "end_date",
    "max_booking_time",
    "hide_location",
    "location_configurations",
    "availability_rule",
)
FIELDS = ("event_type", *OVERRIDES)


@operation("shares.create", scope="shares:write", status=201, fields=FIELDS)
def create(call: Call) -> Json:
    """Of one-on-one event types only; what is left out is the event type's."""
    needed(call.body, "event_type")
    event_types = EventType.objects.filter(organization=call.member.organization)
    row = by_uri(event_types.select_related("owner", "organization"), "event_type", call.body["event_type"])
    if row is None or not row.is_bookable:
        raise problems.not_found()
    if row.kind != EventType.Kind.SOLO or row.pooling:
        raise problems.invalid(("event_type", "must be a one-on-one event type"))
    overrides = {name: value for name, value in _given(call.body).items() if value is not None}
    _check(overrides, row)
    with transaction.atomic(using="sandbox"):
        link = SingleUseLink.objects.create(event_type=row, created_at=clock.now())
        share = Share.objects.create(member=call.member, link=link, overrides=overrides)
    return {"resource": resources.share(share)}


@operation("shares.list", scope="shares:read")
def shares(call: Call) -> Json:
    """The caller's own."""
    needed(call.query, "user")
    if by_uri(Member.objects.all(), "user", call.query["user"]) != call.member:
        raise problems.forbidden()
    rows = _own(call)
    if "event_type" in call.query:
        rows = rows.filter(link__event_type=by_uri(EventType.objects.all(), "event_type", call.query["event_type"]))
    if since := optional_moment(call.query, "min_created_at"):
        rows = rows.filter(link__created_at__gte=since)
    if until := optional_moment(call.query, "max_created_at"):
        rows = rows.filter(link__created_at__lte=until)
    sort = choice(call.query, "sort", ("created_at:asc", "created_at:desc"), "created_at:desc")
    order = ("-link__created_at", "-pk") if sort == "created_at:desc" else ("link__created_at", "pk")
    return page(call, rows.order_by(*order), resources.share)


@operation("shares.update", scope="shares:write")
def update(call: Call, uuid: str) -> Json:
    """What is left out stays; null goes back to the event type's value."""
    row = _unbooked(call, uuid)
    given = {**row.overrides, **_given(call.body)}
    overrides = {name: value for name, value in given.items() if value is not None}
    _check(overrides, row.link.event_type)
    row.overrides = overrides
    row.contact = _contact(call.body.get("contact", row.contact))
    row.save()
    return {"resource": resources.share(row)}


@operation("shares.delete", scope="shares:write")
def delete(call: Call, uuid: str) -> None:
    """Its link goes with it."""
    _unbooked(call, uuid).link.delete()


def _own(call: Call) -> "QuerySet[Share]":
    rows = Share.objects.filter(member=call.member)
    return rows.select_related("link__event_type__owner", "link__event_type__organization")


def _unbooked(call: Call, uuid: str) -> Share:
    row = by_id(_own(call), uuid)
    status = resources.share_status(row)
    if status != "active":
        raise problems.invalid(("uuid", f"is {status}, only active shares can be changed"))
    return row


def _given(body: dict[str, Any]) -> Json:
    return {name: value for name, value in body.items() if name in OVERRIDES}


def _contact(value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and value.startswith("https://")):
        raise problems.invalid(("contact", "must be a valid URI"))
    return value


def _check(overrides: Json, event_type: EventType) -> None:
    """400 naming every field that will not do."""
    found = [(name, text) for name, value in overrides.items() if (text := CHECKS[name](value))]
    options = overrides.get("duration_options")
    if not found and options and overrides.get("duration", event_type.duration_min) not in options:
        found = [("duration", "must be one of duration_options")]
    if overrides.get("period_type") == "fixed":
        found += [(name, "is missing") for name in ("start_date", "end_date") if name not in overrides]
    if found:
        raise problems.invalid(*found)


def _name_problem(value: Any) -> str:
    return "" if isinstance(value, str) and 0 < len(value) <= 55 else "must have 1 to 55 characters"


def _duration_problem(value: Any) -> str:
    return "" if type(value) is int and 1 <= value <= 720 else "must be between 1 and 720"


def _durations_problem(value: Any) -> str:
    if not isinstance(value, list) or not 1 <= len(value) <= 4:
        return "must be a list of at most 4"
    return next(filter(None, map(_duration_problem, value)), "")


def _period_problem(value: Any) -> str:
    return "" if value in PERIODS else f"must be one of {', '.join(PERIODS)}"


def _date_problem(value: Any) -> str:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        return "must be a date"
    return ""


def _days_problem(value: Any) -> str:
    return "" if type(value) is int and value > 0 else "must be a number of days"


def _flag_problem(value: Any) -> str:
    return "" if isinstance(value, bool) else "must be true or false"


def _places_problem(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return "must be a list"
    return next(filter(None, map(_place_problem, value)), "")


def _place_problem(value: Any) -> str:
    if not isinstance(value, dict) or value.get("kind") not in KINDS:
        return f"kind must be one of {', '.join(KINDS)}"
    if any(len(str(value.get(name, ""))) > MAX_TEXT for name in ("location", "additional_info")):
        return f"texts can have at most {MAX_TEXT} characters"
    if value["kind"] == "inbound_call" and not value.get("phone_number"):
        return "phone_number is missing"
    return ""


def _rule_problem(value: Any) -> str:
    is_whole = isinstance(value, dict) and isinstance(value.get("rules"), list) and value.get("timezone")
    return "" if is_whole else "must have rules and timezone"


# What is wrong with a field's value; empty when it will do.
CHECKS: dict[str, Callable[[Any], str]] = {
    "name": _name_problem,
    "duration": _duration_problem,
    "duration_options": _durations_problem,
    "period_type": _period_problem,
    "start_date": _date_problem,
    "end_date": _date_problem,
    "max_booking_time": _days_problem,
    "hide_location": _flag_problem,
    "location_configurations": _places_problem,
    "availability_rule": _rule_problem,
}
