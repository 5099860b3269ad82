"""The demo's routing form and who has filled it in."""

import random
from datetime import datetime, timedelta
from uuid import UUID

from sandbox import clock
from sandbox.engine import routing
from sandbox.models import EventType, Invitee, Organization, RoutingForm, RoutingSubmission
from sandbox.world.making import routing_form

NAME = "Which interview is right for you?"
ASKED = "What would you like to show us?"
ROUTES = {"Code I am proud of": "Technical interview", "Designs and products": "Portfolio review"}
# Who filled it in and did not book.
UNDECIDED = ("Ravi Menon", "Clara Weiss", "Tunde Bello")
BOOKED = 5


def build(organization: Organization, types: list[EventType]) -> None:
    """Eight submissions, five of which led to bookings of the history there is."""
    chance = random.Random(11)  # noqa: S311  # a reproducible demo, no secret
    named = {row.name: row for row in types}
    routes = {answer: named[name] for answer, name in ROUTES.items()}
    form = routing_form(organization, NAME, ASKED, routes)
    for invitee in _bookings(list(routes.values())):
        submitted_at = invitee.created_at - timedelta(minutes=chance.randint(2, 9))
        answers = {"Name": invitee.name, "Email": invitee.email, ASKED: _answer(invitee.event.event_type)}
        row = _submit(form, answers, submitted_at, chance)
        RoutingSubmission.objects.filter(pk=row.pk).update(updated_at=invitee.created_at)
        invitee.routing_form_submission = row
        invitee.save()
    for name in UNDECIDED:
        email = f"{name.lower().replace(' ', '.')}@example.com"
        answers = {"Name": name, "Email": email, ASKED: chance.choice(list(routes))}
        _submit(form, answers, clock.now() - timedelta(minutes=chance.randint(60, 40_000)), chance)


def _bookings(types: list[EventType]) -> list[Invitee]:
    """The latest that were no moves, and all told before now."""
    first = Invitee.objects.filter(event__event_type__in=types, moved_from=None, created_at__lt=clock.now())
    return list(first.select_related("event__event_type").order_by("-pk")[:BOOKED])


def _answer(event_type: EventType) -> str:
    return next(answer for answer, name in ROUTES.items() if name == event_type.name)


def _submit(
    form: RoutingForm, answers: dict[str, str], submitted_at: datetime, chance: random.Random
) -> RoutingSubmission:
    return RoutingSubmission.objects.create(
        uuid=UUID(int=chance.getrandbits(128), version=4),
        form=form,
        answers=routing.questions_and_answers(form, answers),
        result=routing.result_of(form, answers),
        created_at=submitted_at,
        updated_at=submitted_at,
    )
