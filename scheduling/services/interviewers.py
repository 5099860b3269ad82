"""Members of the Calendly organisation, mirrored."""

from collections.abc import Iterable, Mapping

from django.db import transaction

from scheduling.calendly.client import Client
from scheduling.calendly.errors import Forbidden
from scheduling.calendly.resources import Host, Membership
from scheduling.models import Connection, Interviewer


def mirror(connection: Connection, client: Client) -> None:
    """Read the members this connection sees and make our rows equal; who left stays as a former member."""
    memberships = list(_memberships(connection, client))
    with transaction.atomic():
        for membership in memberships:
            save_member(connection, membership)
        seen = [membership.user.uri for membership in memberships]
        Interviewer.objects.filter(connection=connection).exclude(user_uri__in=seen).update(is_member=False)


def _memberships(connection: Connection, client: Client) -> Iterable[Membership]:
    """The organisation's; where Calendly keeps those from ordinary members, their own."""
    try:
        yield from client.memberships(organization=connection.organization_uri)
    except Forbidden:
        yield from client.memberships(user=connection.user_uri)


def save_member(connection: Connection, membership: Membership) -> Interviewer:
    """Insert or update one member."""
    user = membership.user
    known = Interviewer.objects.select_related("connection").filter(user_uri=user.uri).first()
    interviewer, _ = Interviewer.objects.update_or_create(
        user_uri=user.uri,
        defaults={
            "connection": wider(known.connection if known else None, connection),
            "name": user.name,
            "email": user.email,
            "timezone": user.timezone or "",
            "role": membership.role,
            "is_member": True,
        },
    )
    return interviewer


@transaction.atomic
def set_limits(limits: Mapping[int, tuple[int | None, int | None]]) -> int:
    """Keep what each interviewer (id) should have at most: a day, a week; None is no limit. Returns how many changed.

    Calendly is not told: its own limits are each user's to set, and only theirs to read.
    """
    changed = 0
    for interviewer in Interviewer.objects.select_for_update().filter(pk__in=limits):
        wanted = limits[interviewer.pk]
        if (interviewer.max_per_day, interviewer.max_per_week) != wanted:
            interviewer.max_per_day, interviewer.max_per_week = wanted
            interviewer.save(update_fields=["max_per_day", "max_per_week"])
            changed += 1
    return changed


def wider(holder: Connection | None, other: Connection) -> Connection:
    """Which of two connections that see the same row keeps it: a live one for the whole organisation goes first."""
    if holder is None or not holder.is_connected:
        return other
    return holder if holder.sees_organization and not other.sees_organization else other


def for_hosts(hosts: Iterable[Host]) -> list[Interviewer]:
    """The interviewers behind an event's hosts; a host we do not know becomes a former member."""
    found = []
    for host in hosts:
        interviewer, _ = Interviewer.objects.get_or_create(
            user_uri=host.uri,
            defaults={"name": host.name or "", "email": host.email or "", "is_member": False},
        )
        found.append(interviewer)
    return found
