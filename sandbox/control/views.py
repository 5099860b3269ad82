"""The control API: JSON in, JSON out, for tests and scripts on this machine."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.dateparse import parse_datetime
from django.views.decorators.csrf import csrf_exempt

from sandbox import clock, courier, world
from sandbox import options as sandbox_options
from sandbox.addresses import identifier
from sandbox.engine import bookings, no_shows, resources, routing, slots
from sandbox.models import (
    ApiRequest,
    Application,
    Delivery,
    EventType,
    Invitee,
    Member,
    Organization,
    RoutingForm,
    RoutingSubmission,
    SingleUseLink,
    Subscription,
    Switch,
    Token,
)
from sandbox.oauth.tokens import issue

Json = dict[str, Any]
Handler = Callable[..., Json | list[Json]]


def control(handler: Handler) -> Callable[..., HttpResponse]:
    """A view of a function from the parsed body to the answer; what cannot be done is a 409."""

    @csrf_exempt
    @login_not_required
    @wraps(handler)
    def view(request: HttpRequest, **parts: Any) -> HttpResponse:
        body = json.loads(request.body) if request.body else {}
        try:
            answer = handler(request.method, body, **parts)
        except (bookings.BookingError, no_shows.CannotMark, routing.CannotSubmit) as error:
            return JsonResponse({"error": str(error)}, status=409)
        return JsonResponse(answer, safe=False)

    return view


@control
def reset(method: str, body: Json) -> Json:
    """POST {world: small|demo|empty}: replace everything; returns the world."""
    return world.seed(body.get("world", "small"))


@control
def show_world(method: str, body: Json) -> Json:
    """GET: the organisation, its users and event types."""
    return world.describe()


@control
def tokens(method: str, body: Json) -> Json:
    """POST {user, scopes?, expires_in?, kind?: oauth|pat}: tokens without the dance."""
    member = Member.objects.get(uuid=identifier(body["user"]))
    application = None if body.get("kind") == "pat" else Application.objects.earliest("pk")
    row = issue(
        member,
        application=application,
        scope=body.get("scopes", "default"),
        expires_in=timedelta(seconds=body.get("expires_in", 7200)),
    )
    # Tests make many; they shall not count against the eight a minute.
    Token.objects.filter(pk=row.pk).update(created_at=row.created_at - timedelta(minutes=2))
    return {"access_token": row.access_token, "refresh_token": row.refresh_token, "scope": row.scope}


@control
def book(method: str, body: Json) -> Json:
    """POST {event_type | booking_url, start?, name, email, timezone?, answers?, tracking?, submission?}: book.

    Without a start the first open slot is taken; a start in the past is booked as if it had been made then.
    `submission` is the address of the routing form submission that led there.
    """
    link = (
        SingleUseLink.objects.filter(code=body["booking_url"].split("/")[-2]).first() if "booking_url" in body else None
    )
    event_type = bookings.offer(link) if link else EventType.objects.get(uuid=identifier(body["event_type"]))
    start = parse_datetime(body["start"]) if "start" in body else None
    if start is None:
        start = _first_start(event_type, since=clock.now() + timedelta(hours=1))
    person = bookings.Person(
        name=body["name"],
        email=body["email"],
        timezone=body.get("timezone", "UTC"),
        answers=body.get("answers", []),
        tracking=body.get("tracking", {}),
    )
    submission = RoutingSubmission.objects.get(uuid=identifier(body["submission"])) if "submission" in body else None
    with clock.before(start):
        invitee = bookings.book(event_type, start=start, person=person, link=link, submission=submission)
    return resources.invitee_payload(invitee)


@control
def submit_form(method: str, body: Json) -> Json:
    """POST {form?, answers: {question: answer}, tracking?}: fill in a routing form, the first unless one is named."""
    rows = RoutingForm.objects.all()
    form = rows.get(uuid=identifier(body["form"])) if "form" in body else rows[0]
    submission = routing.submit(form, answers=body["answers"], tracking=body.get("tracking"))
    return resources.routing_submission(submission)


@control
def reschedule(method: str, body: Json) -> Json:
    """POST {invitee, start?, by_host?, reason?}: move to a start, or to the next open slot; returns the new invitee."""
    invitee = _invitee(body)
    event_type = invitee.event.event_type
    start = parse_datetime(body["start"]) if "start" in body else None
    if start is None:
        since = max(invitee.event.end, clock.now() + timedelta(hours=1))
        start = _first_start(event_type, since=since)
    new = bookings.reschedule(invitee, start=start, by_host=body.get("by_host", False), reason=body.get("reason"))
    return resources.invitee_payload(new)


@control
def cancel(method: str, body: Json) -> Json:
    """POST {invitee, reason?, by_host?}: give up a seat."""
    invitee = _invitee(body)
    bookings.cancel_invitee(invitee, reason=body.get("reason", ""), by_host=body.get("by_host", False))
    return resources.invitee_payload(invitee)


@control
def no_show(method: str, body: Json) -> Json:
    """POST {invitee, marked}: mark, or remove the mark, as somebody in Calendly's own pages would."""
    invitee = _invitee(body)
    if body["marked"]:
        no_shows.mark(invitee)
    else:
        no_shows.unmark(invitee.no_show)
    return resources.invitee_payload(Invitee.objects.select_related("event__event_type").get(pk=invitee.pk))


@control
def switches(method: str, body: Json) -> list[Json]:
    """GET; POST {operation, behaviour, times?}; DELETE removes all."""
    if method == "DELETE":
        Switch.objects.all().delete()
    elif method == "POST":
        Switch.objects.create(operation=body["operation"], behaviour=body["behaviour"], remaining=body.get("times"))
    return [dict(row) for row in Switch.objects.values("operation", "behaviour", "remaining")]


@control
def options(method: str, body: Json) -> Json:
    """GET; POST {name: value…}: `docs/sandbox-options.md` lists them; `stage` and `plan` are the organisation's own."""
    for name, value in body.items():
        if name in ("stage", "plan"):
            Organization.objects.update(**{name: value})
            continue
        try:
            sandbox_options.write(name, str(value))
        except ValueError as error:
            raise BadRequest(str(error)) from error
    return sandbox_options.present()


@control
def requests(method: str, body: Json) -> list[Json]:
    """GET: what was asked of the API and the token endpoint, oldest first."""
    rows = ApiRequest.objects.values("operation", "method", "path", "query", "body", "status")
    return [dict(row) for row in rows]


@control
def deliveries(method: str, body: Json) -> list[Json]:
    """GET: every delivery with headers signed just now, so that a test can post it itself."""
    rows = Delivery.objects.select_related("subscription__application")
    return [
        {
            "id": row.pk,
            "event": row.event,
            "url": row.subscription.callback_url,
            "headers": courier.headers(row),
            "body": row.body,
            "state": row.state,
            "attempts": row.attempts,
            "last_answer": row.last_answer,
        }
        for row in rows
    ]


@control
def send(method: str, body: Json, pk: int) -> Json:
    """POST: send this delivery now, whatever its state."""
    courier.send(pk)
    return {"last_answer": Delivery.objects.get(pk=pk).last_answer}


@control
def subscriptions(method: str, body: Json) -> list[Json]:
    """GET; POST {uri, state}: look at subscriptions, or disable one."""
    if method == "POST":
        Subscription.objects.filter(uuid=identifier(body["uri"])).update(state=body["state"])
    rows = Subscription.objects.select_related("organization", "member", "creator")
    return [resources.subscription(row) for row in rows]


def _first_start(event_type: EventType, *, since: datetime) -> datetime:
    """The first open slot that will still be open a moment later, when it is booked."""
    soon = clock.now() + timedelta(minutes=1)
    return slots.open_slots(event_type, start=max(since, soon), end=since + timedelta(days=31), now=soon)[0].start


def _invitee(body: Json) -> Invitee:
    rows = Invitee.objects.select_related("event__event_type", "moved_from__event")
    return rows.get(uuid=identifier(body["invitee"]))
