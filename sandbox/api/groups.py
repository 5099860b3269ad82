"""Groups and who is in them."""

from django.db.models import QuerySet

from sandbox.addresses import identifier
from sandbox.api import problems
from sandbox.api.operation import Call, operation
from sandbox.api.parameters import by_id, by_uri, needed, page
from sandbox.engine import resources
from sandbox.engine.resources import Json
from sandbox.models import Group, GroupRelationship, Member, Organization


@operation("groups.list", scope="groups:read")
def groups(call: Call) -> Json:
    needed(call.query, "organization")
    _check_organization(call)
    return page(call, _groups(call), resources.group)


@operation("groups.get", scope="groups:read")
def group(call: Call, uuid: str) -> Json:
    return {"resource": resources.group(by_id(_groups(call), uuid))}


@operation("group_relationships.list", scope="groups:read")
def relationships(call: Call) -> Json:
    """`owner` is a membership's address; without any filter all of one's own organisation."""
    rows = _relationships(call)
    if "organization" in call.query:
        _check_organization(call)
    if "group" in call.query:
        rows = rows.filter(group=by_uri(_groups(call), "group", call.query["group"]))
    if "owner" in call.query:
        rows = rows.filter(member=_owner(call))
    return page(call, rows, resources.group_relationship)


@operation("group_relationships.get", scope="groups:read")
def relationship(call: Call, uuid: str) -> Json:
    return {"resource": resources.group_relationship(by_id(_relationships(call), uuid))}


def _groups(call: Call) -> "QuerySet[Group]":
    return Group.objects.filter(organization=call.member.organization).select_related("organization")


def _relationships(call: Call) -> "QuerySet[GroupRelationship]":
    rows = GroupRelationship.objects.filter(group__organization=call.member.organization)
    return rows.select_related("group__organization", "member__organization")


def _check_organization(call: Call) -> None:
    if by_uri(Organization.objects.all(), "organization", call.query["organization"]) != call.member.organization:
        raise problems.forbidden()


def _owner(call: Call) -> Member | None:
    """By the membership's id, which is not the user's."""
    by_uri(Member.objects.all(), "owner", call.query["owner"])
    members = {str(row.membership_uuid): row for row in call.member.organization.members.all()}
    return members.get(identifier(call.query["owner"]))
