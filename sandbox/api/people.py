"""Users, organisations, memberships."""

from sandbox.api import problems
from sandbox.api.operation import Call, operation
from sandbox.api.parameters import by_id, by_uri, choice, page
from sandbox.engine import resources
from sandbox.engine.resources import Json
from sandbox.models import Member, Organization


@operation("users.me", scope="users:read")
def me(call: Call) -> Json:
    return {"resource": resources.user(call.member)}


@operation("users.get", scope="users:read")
def user(call: Call, uuid: str) -> Json:
    member = by_id(Member.objects.all(), uuid)
    if member.organization_id != call.member.organization_id:
        raise problems.forbidden()
    return {"resource": resources.user(member)}


@operation("organizations.get", scope="organizations:read")
def organization(call: Call, uuid: str) -> Json:
    return {"resource": resources.organization(_own(call, by_id(Organization.objects.all(), uuid)))}


@operation("organization_memberships.list", scope="organizations:read")
def memberships(call: Call) -> Json:
    """Somebody in their organisation sees everybody in it; one of `organization` and `user` must be given."""
    if not {"organization", "user"} & set(call.query):
        raise problems.invalid(("organization", "is missing"), ("user", "is missing"))
    rows = Member.objects.select_related("organization").filter(organization=call.member.organization)
    if "organization" in call.query:
        _own(call, by_uri(Organization.objects.all(), "organization", call.query["organization"]))
    if "user" in call.query:
        member = by_uri(Member.objects.all(), "user", call.query["user"])
        rows = rows.filter(pk=member.pk) if member else rows.none()
    if "email" in call.query:
        rows = rows.filter(email__iexact=call.query["email"])
    if role := choice(call.query, "role", ("owner", "admin", "user")):
        rows = rows.filter(role=role)
    return page(call, rows, resources.membership)


@operation("organization_memberships.get", scope="organizations:read")
def membership(call: Call, uuid: str) -> Json:
    rows = Member.objects.filter(organization=call.member.organization)
    member = rows.filter(membership_uuid=uuid).first() if len(uuid) == 36 else None
    if member is None:
        raise problems.not_found()
    return {"resource": resources.membership(member)}


def _own(call: Call, organization: Organization | None) -> Organization:
    if organization is None:
        raise problems.not_found()
    if organization != call.member.organization:
        raise problems.forbidden()
    return organization
