"""Routing forms: who fills one in is led to what its answers choose."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from sandbox import clock
from sandbox.addresses import identifier
from sandbox.engine import webhooks
from sandbox.engine.resources import Json
from sandbox.models import EventType, Organization, RoutingForm, RoutingSubmission

PLANS = ("teams", "enterprise")
CHOSEN = ("select", "radios")


class CannotSubmit(Exception):
    """The answers do not fit the form; the text is for the person who gave them."""


def has_plan(organization: Organization) -> bool:
    """Whether the organisation's plan has routing forms."""
    return organization.plan in PLANS


@transaction.atomic(using="sandbox")
def submit(
    form: RoutingForm, *, answers: Mapping[str, str], tracking: Mapping[str, str | None] | None = None
) -> RoutingSubmission:
    """Keep the answers, given by question name, with where they lead. Raises `CannotSubmit`."""
    for asked in form.questions:
        _check(asked, answers.get(asked["name"], ""))
    now = clock.now()
    row = RoutingSubmission.objects.create(
        form=form,
        answers=questions_and_answers(form, answers),
        tracking=dict(tracking or {}),
        result=result_of(form, answers),
        created_at=now,
        updated_at=now,
    )
    webhooks.tell_submission(row)
    return row


def questions_and_answers(form: RoutingForm, answers: Mapping[str, str]) -> list[Json]:
    """Calendly's objects for the questions that were answered."""
    return [
        {"question_uuid": asked["uuid"], "question": asked["name"], "answer": answers[asked["name"]]}
        for asked in form.questions
        if answers.get(asked["name"])
    ]


def result_of(form: RoutingForm, answers: Mapping[str, str]) -> Json | None:
    """Where these answers lead."""
    given = {(asked["uuid"], answers.get(asked["name"])) for asked in form.questions}
    chosen = (route["result"] for route in form.routes if (route["question_uuid"], route["answer"]) in given)
    result: Json | None = next(chosen, form.otherwise)
    return result


def event_type_of(submission: RoutingSubmission) -> EventType | None:
    """What the submission leads to book, if it does and that can be booked."""
    result = submission.result
    if not result or result["type"] != "event_type":
        return None
    row = EventType.objects.select_related("owner").filter(uuid=identifier(result["value"])).first()
    return row if row is not None and row.is_bookable else None


def find(address: str, event_type: EventType) -> RoutingSubmission | None:
    """The submission a booking names by address or id, of the event type's organisation."""
    try:
        uuid = UUID(identifier(address))
    except ValueError:
        return None
    return RoutingSubmission.objects.filter(uuid=uuid, form__organization=event_type.organization_id).first()


def _check(asked: Mapping[str, Any], answer: str) -> None:
    if asked["required"] and not answer:
        raise CannotSubmit(f"{asked['name']}: is missing")
    if answer and asked["type"] in CHOSEN and answer not in asked["answer_choices"]:
        raise CannotSubmit(f"{asked['name']}: is not one of the choices")
