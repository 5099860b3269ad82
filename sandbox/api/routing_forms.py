"""Routing forms and their submissions, for plans that have them."""

from django.db.models import QuerySet

from sandbox.api import problems
from sandbox.api.operation import Call, operation
from sandbox.api.parameters import by_id, by_uri, choice, needed, page
from sandbox.engine import resources, routing
from sandbox.engine.resources import Json
from sandbox.models import Organization, RoutingForm, RoutingSubmission

SORTS = ("created_at:asc", "created_at:desc")


@operation("routing_forms.list", scope="routing_forms:read")
def forms(call: Call) -> Json:
    check_plan(call)
    needed(call.query, "organization")
    if by_uri(Organization.objects.all(), "organization", call.query["organization"]) != call.member.organization:
        raise problems.forbidden()
    return page(call, _forms(call).order_by(*_order(call)), resources.routing_form)


@operation("routing_forms.get", scope="routing_forms:read")
def form(call: Call, uuid: str) -> Json:
    check_plan(call)
    return {"resource": resources.routing_form(by_id(_forms(call), uuid))}


@operation("routing_form_submissions.list", scope="routing_forms:read")
def submissions(call: Call) -> Json:
    check_plan(call)
    needed(call.query, "form")
    row = by_uri(_forms(call), "form", call.query["form"])
    if row is None:
        raise problems.not_found()
    return page(call, _submissions(call).filter(form=row).order_by(*_order(call)), resources.routing_submission)


@operation("routing_form_submissions.get", scope="routing_forms:read")
def submission(call: Call, uuid: str) -> Json:
    check_plan(call)
    return {"resource": resources.routing_submission(by_id(_submissions(call), uuid))}


def check_plan(call: Call) -> None:
    """403 with the text that names the plan to buy."""
    if not routing.has_plan(call.member.organization):
        raise problems.forbidden("Please upgrade your Calendly account to Enterprise.")


def _order(call: Call) -> tuple[str, str]:
    is_latest_first = choice(call.query, "sort", SORTS, "created_at:asc") == "created_at:desc"
    return ("-created_at", "-pk") if is_latest_first else ("created_at", "pk")


def _forms(call: Call) -> "QuerySet[RoutingForm]":
    return RoutingForm.objects.filter(organization=call.member.organization).select_related("organization")


def _submissions(call: Call) -> "QuerySet[RoutingSubmission]":
    rows = RoutingSubmission.objects.filter(form__organization=call.member.organization)
    return rows.select_related("form__organization")
