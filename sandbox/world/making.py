"""Words for building worlds."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sandbox import clock
from sandbox.models import EventType, Group, GroupRelationship, Member, Organization, RoutingForm, Schedule

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def rules(
    opens: str, closes: str, *, days: tuple[str, ...] = DAYS[:5], lunch: tuple[str, str] | None = None
) -> list[Any]:
    """The same hours on each of the days, closed on the others."""
    spans = [(opens, lunch[0]), (lunch[1], closes)] if lunch else [(opens, closes)]
    hours = [{"from": start, "to": end} for start, end in spans]
    return [{"type": "wday", "wday": day, "intervals": hours if day in days else []} for day in DAYS]


def question(
    name: str, kind: str, position: int, *, required: bool = False, choices: tuple[str, ...] = ()
) -> dict[str, Any]:
    return {
        "name": name,
        "type": kind,
        "position": position,
        "enabled": True,
        "required": required,
        "answer_choices": list(choices) or None,
        "include_other": False,
    }


def member(organization: Organization, name: str, zone: str, role: str, hours: list[Any], *, domain: str) -> Member:
    """A user with working hours, who joined a year ago."""
    slug = name.lower().replace(" ", "-")
    row = Member.objects.create(
        organization=organization,
        name=name,
        slug=slug,
        email=f"{slug.replace('-', '.')}@{domain}",
        timezone=zone,
        role=role,
        created_at=clock.now() - timedelta(days=365),
    )
    Schedule.objects.create(member=row, timezone=zone, rules=hours)
    return row


def event_type(organization: Organization, name: str, hosts: list[Member], **facts: Any) -> EventType:
    """An event type on its only host's page, or on the team's when there are several."""
    made_at: datetime = clock.now() - timedelta(days=200)
    row = EventType.objects.create(
        organization=organization,
        owner=hosts[0] if len(hosts) == 1 else None,
        name=name,
        slug=name.lower().replace(" ", "-").replace("(", "").replace(")", ""),
        created_at=made_at,
        updated_at=made_at,
        **facts,
    )
    row.hosts.set(hosts)
    return row


def group(organization: Organization, name: str, admin: Member, *members: Member) -> Group:
    made_at = clock.now() - timedelta(days=150)
    row = Group.objects.create(organization=organization, name=name, created_at=made_at)
    for person in (admin, *members):
        role = GroupRelationship.Role.ADMIN if person is admin else GroupRelationship.Role.MEMBER
        GroupRelationship.objects.create(group=row, member=person, role=role, created_at=made_at)
    return row


def routing_form(
    organization: Organization,
    name: str,
    asked: str,
    routes: dict[str, EventType],
    *,
    others: tuple[str, ...] = (),
    **facts: Any,
) -> RoutingForm:
    """A published form: name, email, and a choice; each of `routes` leads to an event type, `others` do not."""
    made_at = clock.now() - timedelta(days=120)
    questions = [
        routing_question("Name", "name"),
        routing_question("Email", "email"),
        routing_question(asked, "select", choices=(*routes, *others)),
    ]
    return RoutingForm.objects.create(
        organization=organization,
        name=name,
        questions=questions,
        routes=[
            {
                "question_uuid": questions[-1]["uuid"],
                "answer": answer,
                "result": {"type": "event_type", "value": event_type.uri},
            }
            for answer, event_type in routes.items()
        ],
        created_at=made_at,
        updated_at=made_at,
        **facts,
    )


def routing_question(name: str, kind: str, *, required: bool = True, choices: tuple[str, ...] = ()) -> dict[str, Any]:
    """The same id in every world."""
    return {
        "uuid": str(uuid5(UUID(int=0), name)),
        "name": name,
        "type": kind,
        "required": required,
        "answer_choices": list(choices) or None,
    }
