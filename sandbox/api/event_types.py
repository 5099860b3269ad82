"""Event types, their hosts and single-use links."""

from django.db.models import QuerySet

from sandbox import clock
from sandbox.addresses import stamp
from sandbox.api import problems
from sandbox.api.operation import Call, operation
from sandbox.api.parameters import by_id, by_uri, choice, needed, page
from sandbox.engine import resources
from sandbox.engine.resources import Json
from sandbox.models import EventType, Member, Organization, SingleUseLink

SORTS = tuple(f"{field}:{way}" for field in ("name", "position", "created_at", "updated_at") for way in ("asc", "desc"))


@operation("event_types.list", scope="event_types:read")
def event_types(call: Call) -> Json:
    rows = EventType.objects.filter(organization=call.member.organization, deleted_at=None)
    rows = rows.select_related("owner", "organization")
    if "organization" in call.query:
        organization = by_uri(Organization.objects.all(), "organization", call.query["organization"])
        if organization != call.member.organization:
            raise problems.forbidden()
    elif "user" in call.query:
        member = by_uri(Member.objects.all(), "user", call.query["user"])
        rows = rows.filter(hosts=member)
    else:
        raise problems.invalid(("organization", "is missing"), ("user", "is missing"))
    if active := choice(call.query, "active", ("true", "false")):
        rows = rows.filter(is_active=active == "true")
    field, _, way = (choice(call.query, "sort", SORTS, "name:asc") or "").partition(":")
    return page(call, rows.order_by(f"{'-' if way == 'desc' else ''}{field}", "pk"), resources.event_type)


@operation("event_types.get", scope="event_types:read")
def event_type(call: Call, uuid: str) -> Json:
    """A deleted one is still there, with `deleted_at`."""
    return {"resource": resources.event_type(by_id(_visible(call), uuid))}


@operation("event_type_memberships.list", scope="event_types:read")
def hosts(call: Call) -> Json:
    needed(call.query, "event_type")
    row = by_uri(_visible(call), "event_type", call.query["event_type"])
    if row is None:
        raise problems.not_found()

    def render(member: Member) -> Json:
        return {
            "uri": f"https://api.calendly.com/event_type_memberships/{member.uuid}-{row.pk}",
            "event_type": resources.event_type(row),
            "member": resources.membership_user(member),
            "created_at": stamp(row.created_at),
            "updated_at": stamp(row.updated_at),
        }

    return page(call, row.hosts.order_by("pk"), render)


@operation(
    "scheduling_links.create",
    scope="scheduling_links:write",
    status=201,
    fields=("max_event_count", "owner", "owner_type"),
)
def create_link(call: Call) -> Json:
    """One booking a link; any other count is refused."""
    needed(call.body, "max_event_count", "owner", "owner_type")
    if call.body["max_event_count"] not in (1, "1"):
        raise problems.invalid(("max_event_count", "must be 1"))
    if call.body["owner_type"] != "EventType":
        raise problems.invalid(("owner_type", "must be EventType"))
    row = by_uri(_visible(call), "owner", call.body["owner"])
    if row is None or not row.is_bookable:
        raise problems.not_found()
    link = SingleUseLink.objects.create(event_type=row, created_at=clock.now())
    return {"resource": resources.scheduling_link(link)}


def _visible(call: Call) -> "QuerySet[EventType]":
    return EventType.objects.filter(organization=call.member.organization).select_related("owner", "organization")
