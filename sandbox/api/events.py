"""Scheduled events, invitees, cancellation and no-shows."""

from django.db.models import QuerySet

from sandbox import clock
from sandbox.addresses import identifier
from sandbox.api import problems
from sandbox.api.operation import Call, operation
from sandbox.api.parameters import by_id, by_uri, choice, needed, optional_moment, page
from sandbox.engine import bookings, no_shows, resources
from sandbox.engine.resources import Json
from sandbox.models import Event, Invitee, Member, NoShow, Organization

STATUSES = ("active", "canceled")
MAX_REASON = 10_000


@operation("scheduled_events.list", scope="scheduled_events:read")
def events(call: Call) -> Json:
    """An organisation's events are its admins'; somebody else's need `user` and `organization`; one's own `user`."""
    rows = _within_reach(call).select_related("event_type").prefetch_related("hosts", "invitees")
    if "invitee_email" in call.query:
        rows = rows.filter(invitees__email__iexact=call.query["invitee_email"]).distinct()
    if status := choice(call.query, "status", STATUSES):
        rows = rows.filter(status=status)
    if since := optional_moment(call.query, "min_start_time"):
        rows = rows.filter(start__gte=since)
    if until := optional_moment(call.query, "max_start_time"):
        rows = rows.filter(start__lte=until)
    sort = choice(call.query, "sort", ("start_time:asc", "start_time:desc"), "start_time:asc")
    order = ("-start", "-pk") if sort == "start_time:desc" else ("start", "pk")
    return page(call, rows.order_by(*order), resources.event)


def _within_reach(call: Call) -> "QuerySet[Event]":
    rows = Event.objects.filter(event_type__organization=call.member.organization)
    organization = call.query.get("organization")
    user = call.query.get("user")
    if not organization and not user:
        raise problems.invalid(("organization", "is missing"), ("user", "is missing"))
    if organization and by_uri(Organization.objects.all(), "organization", organization) != call.member.organization:
        raise problems.forbidden()
    if organization and not call.member.is_admin:
        raise problems.forbidden("You do not have permission")
    if not user:
        return rows
    member = by_uri(Member.objects.all(), "user", user)
    if member is None or member.organization_id != call.member.organization_id:
        raise problems.forbidden("This user is not in your organization")
    if member != call.member and not organization:
        text = "Please also specify organization when requesting events for a user within your organization."
        raise problems.forbidden(text)
    return rows.filter(hosts=member)


@operation("scheduled_events.get", scope="scheduled_events:read")
def event(call: Call, uuid: str) -> Json:
    return {"resource": resources.event(_viewable(call, uuid))}


@operation("scheduled_events.cancel", scope="scheduled_events:write", status=201, fields=("reason",))
def cancel(call: Call, uuid: str) -> Json:
    """For every invitee of the event."""
    row = by_id(Event.objects.filter(event_type__organization=call.member.organization), uuid)
    if not call.member.is_admin and not row.hosts.filter(pk=call.member.pk).exists():
        raise problems.forbidden("You are not allowed to cancel this event")
    if row.is_canceled:
        raise problems.forbidden("Event is already canceled")
    if row.end <= clock.now():
        raise problems.forbidden("Event in the past")
    reason = call.body.get("reason")
    if reason is not None and (not isinstance(reason, str) or len(reason) > MAX_REASON):
        raise problems.invalid(("reason", f"must be at most {MAX_REASON} characters"))
    return {"resource": bookings.cancel_event(row, by=call.member, reason=reason)}


@operation("invitees.list", scope="scheduled_events:read")
def invitees(call: Call, uuid: str) -> Json:
    row = _viewable(call, uuid)
    rows = row.invitees.select_related("event", "moved_from__event")
    if status := choice(call.query, "status", STATUSES):
        rows = rows.filter(status=status)
    if "email" in call.query:
        rows = rows.filter(email__iexact=call.query["email"])
    sort = choice(call.query, "sort", ("created_at:asc", "created_at:desc"), "created_at:asc")
    return page(call, rows.order_by("-created_at" if sort == "created_at:desc" else "created_at"), resources.invitee)


@operation("invitees.get", scope="scheduled_events:read")
def invitee(call: Call, uuid: str, invitee_uuid: str) -> Json:
    row = _viewable(call, uuid)
    return {"resource": resources.invitee(by_id(row.invitees.select_related("event", "moved_from"), invitee_uuid))}


@operation("invitee_no_shows.create", scope="scheduled_events:write", status=201, fields=("invitee",))
def mark_no_show(call: Call) -> Json:
    needed(call.body, "invitee")
    rows = Invitee.objects.filter(event__event_type__organization=call.member.organization)
    row = by_uri(rows.select_related("event", "moved_from__event"), "invitee", call.body["invitee"])
    if row is None or identifier(row.event.uri) not in call.body["invitee"]:
        raise problems.not_found()
    try:
        mark = no_shows.mark(row)
    except no_shows.CannotMark as error:
        raise problems.refused(error.status, "invitee", str(error)) from error
    return {"resource": resources.no_show(mark)}


@operation("invitee_no_shows.get", scope="scheduled_events:read")
def no_show(call: Call, uuid: str) -> Json:
    return {"resource": resources.no_show(_mark(call, uuid))}


@operation("invitee_no_shows.delete", scope="scheduled_events:write")
def unmark_no_show(call: Call, uuid: str) -> None:
    no_shows.unmark(_mark(call, uuid))


def _mark(call: Call, uuid: str) -> NoShow:
    rows = NoShow.objects.filter(invitee__event__event_type__organization=call.member.organization)
    return by_id(rows.select_related("invitee__event", "invitee__moved_from__event"), uuid)


def _viewable(call: Call, uuid: str) -> Event:
    row = by_id(Event.objects.select_related("event_type"), uuid)
    is_theirs = row.event_type.organization_id == call.member.organization_id
    if not is_theirs or not (call.member.is_admin or row.hosts.filter(pk=call.member.pk).exists()):
        raise problems.forbidden("You are not allowed to view this event")
    return row
