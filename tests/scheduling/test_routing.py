"""Routing forms: mirrored, joined to the booking they led to, told on the time line."""

import pytest
from django.test import Client
from django.utils import timezone

from scheduling.models import Connection, RoutingForm, RoutingSubmission, TimelineEntry
from scheduling.services import setup
from tests.factories import CandidateFactory
from tests.sandbox_process import Sandbox
from tests.scheduling.conftest import deliver

pytestmark = pytest.mark.django_db


def fill_in(sandbox: Sandbox, email: str = "ann@example.com") -> str:
    answers = {"Name": "Ann", "Email": email, "What do you do?": "I write software"}
    return str(sandbox.submit_form(answers)["uri"])


def read_again(connection: Connection) -> None:
    Connection.objects.update(setup_due_at=timezone.now())
    setup.run(connection.pk)


def test_mirrors_forms_and_submissions(sandbox: Sandbox, connection: Connection) -> None:
    fill_in(sandbox)

    read_again(connection)

    assert RoutingForm.objects.get().name == "Where do I start?"
    assert RoutingSubmission.objects.get().email == "ann@example.com"


def test_tells_a_submission_on_the_candidates_time_line(
    sandbox: Sandbox, connection: Connection, alice: Client
) -> None:
    candidate = CandidateFactory(email="ann@example.com")

    fill_in(sandbox)
    deliver(sandbox)

    page = alice.get(f"/candidates/{candidate.pk}/").content.decode()
    assert "Routing form submitted" in page
    assert "I write software" in page


@pytest.mark.parametrize("order", ["submission first", "booking first", "submission only read later"])
def test_joins_a_submission_to_its_booking(sandbox: Sandbox, connection: Connection, order: str) -> None:
    candidate = CandidateFactory(email="ann@work.example")
    submission = fill_in(sandbox, email="ann@home.example")
    told = sandbox.deliveries()
    sandbox.book(email="ann@work.example", submission=submission)
    if order == "booking first":
        sandbox.clear_deliveries()
        sandbox.book(email="ann@work.example", submission=submission)
    elif order == "submission only read later":
        sandbox.clear_deliveries()
    assert told

    deliver(sandbox)
    read_again(connection)

    row = RoutingSubmission.objects.get()
    entry = TimelineEntry.objects.get(kind="routing_submitted")
    assert row.candidate == entry.candidate == candidate
    assert entry.interview is not None


def test_leaves_a_strangers_submission_alone(sandbox: Sandbox, connection: Connection) -> None:
    fill_in(sandbox, email="nobody@example.com")

    deliver(sandbox)

    assert RoutingSubmission.objects.get().candidate is None
    assert not TimelineEntry.objects.filter(kind="routing_submitted").exists()


def test_goes_without_where_the_plan_has_none(sandbox: Sandbox, connection: Connection) -> None:
    sandbox.option(plan="standard")

    read_again(connection)

    connection.refresh_from_db()
    assert (connection.forms_readable, connection.setup_error) == (False, "")
