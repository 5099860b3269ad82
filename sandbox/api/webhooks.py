"""Webhook subscriptions and sample data."""

from typing import Any
from urllib.parse import urlsplit

from django.db.models import QuerySet

from sandbox import clock, options
from sandbox.api import problems
from sandbox.api.operation import Call, operation
from sandbox.api.parameters import by_id, by_uri, choice, needed, page
from sandbox.api.routing_forms import check_plan
from sandbox.engine import old_resources, resources
from sandbox.engine.resources import Json
from sandbox.engine.webhooks import envelope
from sandbox.models import Invitee, Member, Organization, Subscription

ANY_SCOPE = ("organization", "user", "group")
CHANGES = ("created", "updated", "deleted")
# Event -> scopes a subscription may have, and the read scope its token needs.
EVENTS: dict[str, tuple[tuple[str, ...], str]] = {
    "invitee.created": (ANY_SCOPE, "scheduled_events:read"),
    "invitee.canceled": (ANY_SCOPE, "scheduled_events:read"),
    "invitee_no_show.created": (ANY_SCOPE, "scheduled_events:read"),
    "invitee_no_show.deleted": (ANY_SCOPE, "scheduled_events:read"),
    "routing_form_submission.created": (("organization",), "routing_forms:read"),
    **{f"event_type.{change}": (ANY_SCOPE, "event_types:read") for change in CHANGES},
    **{f"meeting_recap.{change}": (("user",), "meeting_recaps:read") for change in CHANGES},
    **{f"contact.{change}": (ANY_SCOPE, "contacts:read") for change in CHANGES},
}
SCOPES = ("organization", "user", "group")
FIELDS = ("url", "events", "organization", "user", "group", "scope", "signing_key")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@operation("webhook_subscriptions.create", scope="webhooks:write", status=201, fields=FIELDS)
def create(call: Call) -> Json:
    needed(call.body, "url", "events", "organization", "scope")
    _check_url(call.body["url"])
    _check_events(call)
    member = _subject(call, call.body)
    _check_room(call, member)
    now = clock.now()
    row = Subscription.objects.create(
        organization=call.member.organization,
        scope=call.body["scope"],
        member=member,
        creator=call.member,
        application=call.application,
        signing_key=_signing_key(call),
        callback_url=call.body["url"],
        events=call.body["events"],
        created_at=now,
        updated_at=now,
    )
    return {"resource": resources.subscription(row)}


@operation("webhook_subscriptions.list", scope="webhooks:read")
def listing(call: Call) -> Json:
    needed(call.query, "organization", "scope")
    choice(call.query, "scope", SCOPES)
    member = _subject(call, call.query)
    rows = _rows(call).filter(scope=call.query["scope"], member=member)
    sort = choice(call.query, "sort", ("created_at:asc", "created_at:desc"), "created_at:asc")
    return page(
        call, rows.order_by("-created_at" if sort == "created_at:desc" else "created_at"), resources.subscription
    )


@operation("webhook_subscriptions.get", scope="webhooks:read")
def get(call: Call, uuid: str) -> Json:
    return {"resource": resources.subscription(_theirs(call, uuid))}


@operation("webhook_subscriptions.delete", scope="webhooks:write")
def delete(call: Call, uuid: str) -> None:
    _theirs(call, uuid).delete()


@operation("sample_webhook_data.get", scope="webhooks:read")
def sample(call: Call) -> Json:
    """The account's latest real invitee in a bare envelope; unsigned, and nothing is delivered."""
    needed(call.query, "event", "organization", "scope")
    choice(call.query, "event", tuple(EVENTS))
    rows = Invitee.objects.filter(event__event_type__organization=call.member.organization)
    row = rows.select_related("event__event_type", "moved_from__event").order_by("-created_at").first()
    if row is None:
        raise problems.not_found()
    if options.read("sample_style") == "v1":
        return old_resources.envelope(call.query["event"], row, clock.now())
    pretended = Subscription(creator=call.member)
    return envelope(call.query["event"], resources.invitee_payload(row), pretended, clock.now())


def _check_url(url: Any) -> None:
    parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    is_plain_allowed = options.read("https_rule") == "any" or parts.hostname in LOOPBACK
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_plain_allowed)
    if not parts.hostname or not is_safe:
        raise problems.invalid(("url", "must be a valid https URL"))


def _check_events(call: Call) -> None:
    events, scope = call.body["events"], call.body["scope"]
    choice(call.body, "scope", SCOPES)
    unknown = [name for name in events if name not in EVENTS] if isinstance(events, list) else [str(events)]
    if unknown:
        raise problems.invalid(("events", f"contains unknown events: {', '.join(map(str, unknown))}"))
    if any(scope not in EVENTS[name][0] for name in events):
        raise problems.invalid(("scope", "is not possible for all of these events"))
    missing = sorted({EVENTS[name][1] for name in events if not call.has_scope(EVENTS[name][1])})
    if missing:
        raise problems.insufficient_scope(*missing)
    if "routing_form_submission.created" in events:
        check_plan(call)


def _subject(call: Call, values: dict[str, Any]) -> Member | None:
    """Whose deliveries: everybody's for admins, else one's own."""
    if by_uri(Organization.objects.all(), "organization", values["organization"]) != call.member.organization:
        raise problems.forbidden()
    if values["scope"] == "group":
        raise problems.not_found()
    if values["scope"] == "organization":
        if not call.member.is_admin:
            raise problems.forbidden("You do not have permission to perform this action")
        return None
    needed(values, "user")
    member = by_uri(Member.objects.all(), "user", values["user"])
    if member != call.member:
        raise problems.forbidden("You do not have permission to perform this action")
    return member


def _check_room(call: Call, member: Member | None) -> None:
    """403 when the organisation has its most subscriptions already, 409 for one there is."""
    theirs = Subscription.objects.filter(organization=call.member.organization)
    most = options.read("max_subscriptions")
    if most and theirs.count() >= int(most):
        raise problems.forbidden("You do not have permission")
    same = theirs.filter(callback_url=call.body["url"])
    if options.read("conflict_rule") == "url_scope_owner":
        same = same.filter(scope=call.body["scope"], member=member)
    if same.exists():
        raise problems.exists()


def _signing_key(call: Call) -> str:
    """The key that was passed, where it counts."""
    is_kept = call.application is None or options.read("app_signing_key") == "wins"
    return str(call.body.get("signing_key") or "") if is_kept else ""


def _rows(call: Call) -> "QuerySet[Subscription]":
    rows = Subscription.objects.filter(organization=call.member.organization)
    return rows.select_related("organization", "member", "creator")


def _theirs(call: Call, uuid: str) -> Subscription:
    row = by_id(_rows(call), uuid)
    if not call.member.is_admin and row.member != call.member:
        raise problems.forbidden()
    return row
