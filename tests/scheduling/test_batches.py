"""Links for many: one result per row, stopped and gone on with, and never a second link."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from candidates.models import Candidate
from scheduling.models import Batch, BatchItem, BookingLink, Connection, EventType
from scheduling.services import batches
from tests.factories import CandidateFactory
from tests.sandbox_process import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db: None) -> list[Candidate]:
    return [CandidateFactory() for _ in range(5)]


def ask(client: Client, people: list[Candidate], event_type: EventType, **fields: Any) -> Any:
    data = {
        "request_key": str(uuid4()),
        "event_type": event_type.pk,
        "expires_on": "",
        "candidate": [person.pk for person in people],
        **fields,
    }
    return client.post("/links/batches/create/", data, follow=True)


def states(batch: Batch) -> list[str]:
    return list(batch.items.order_by("pk").values_list("state", flat=True))


def test_makes_a_link_for_each(sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]) -> None:
    page = ask(alice, people, event_type)
    batch = Batch.objects.get()
    assert "0 of 5" in page.content.decode()

    batches.advance(batch.pk)

    assert {link.candidate for link in BookingLink.objects.all()} == set(people)
    assert "5 of 5" in alice.get(batch.get_absolute_url()).content.decode()
    assert BookingLink.objects.first().created_by.email == "alice@example.org"  # type: ignore[union-attr]


def test_previews_who_has_a_link_already(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    ask(alice, people[:1], event_type)
    batches.advance(Batch.objects.get().pk)

    page = alice.get("/links/batches/new/", {"candidate": [person.pk for person in people]}).content.decode()

    assert page.count("has an open link for Technical interview") == 1
    assert "Links for 5 candidates" in page


def test_makes_one_batch_when_sent_twice(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    key = str(uuid4())

    for _ in range(2):
        ask(alice, people, event_type, request_key=key)

    assert (Batch.objects.count(), BatchItem.objects.count()) == (1, 5)


def test_goes_on_after_a_stop_without_a_second_link(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    ask(alice, people, event_type)
    batch = Batch.objects.get()
    batches.advance_one(batch.pk)
    alice.post(f"/links/batches/{batch.pk}/stop/")
    batches.advance(batch.pk)
    assert states(batch).count("done") == 1

    alice.post(f"/links/batches/{batch.pk}/resume/")
    batches.advance(batch.pk)
    batches.advance(batch.pk)

    assert BookingLink.objects.count() == len(sandbox.requests("shares.create")) == 5


def test_makes_no_second_link_when_a_worker_died_after_saving_it(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    ask(alice, people, event_type)
    batch = Batch.objects.get()
    batches.advance(batch.pk)
    BatchItem.objects.update(state="waiting", link=None)

    batches.advance(batch.pk)

    assert BookingLink.objects.count() == 5
    assert states(batch) == ["done"] * 5


def test_tells_each_failure_and_tries_again_when_asked(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    ask(alice, people, event_type)
    batch = Batch.objects.get()
    sandbox.switch("shares.create", "400", times=1)
    sandbox.switch("scheduling_links.create", "400", times=1)

    batches.advance(batch.pk)
    page = alice.get(batch.get_absolute_url()).content.decode()
    assert "4 made, 1 failed" in page
    assert "The supplied parameters are invalid" in page

    alice.post(f"/links/batches/{batch.pk}/resume/")
    batches.advance(batch.pk)
    assert states(batch) == ["done"] * 5


def test_tries_an_outage_three_times(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    ask(alice, people[:1], event_type)
    sandbox.switch("shares.create", "500", times=2)

    batches.advance(Batch.objects.get().pk)

    assert states(Batch.objects.get()) == ["done"]


def test_stops_when_the_connection_is_lost(
    sandbox: Sandbox, connection: Connection, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    ask(alice, people, event_type)
    batch = Batch.objects.get()
    sandbox.switch("shares.create", "401")

    batches.advance(batch.pk)

    batch.refresh_from_db()
    assert (batch.stop_reason, states(batch)) == ("Calendly no longer accepts the connection.", ["waiting"] * 5)
    assert batches.due(now=batch.created_at) == []


def test_skips_who_was_archived_meanwhile(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    ask(alice, people, event_type)
    alice.post(f"/candidates/{people[0].pk}/archive/")

    batches.advance(Batch.objects.get().pk)

    assert BatchItem.objects.get(candidate=people[0]).state == "skipped"
    assert sorted(states(Batch.objects.get())) == ["done"] * 4 + ["skipped"]


@pytest.mark.parametrize("chosen", [[], ["x"], ["99999999999999999999"], ["-1"]])
def test_asks_for_somebody(sandbox: Sandbox, event_type: EventType, alice: Client, chosen: list[str]) -> None:
    page = ask(alice, [], event_type, candidate=chosen).content.decode()

    assert "Choose at least one candidate" in page
    assert not Batch.objects.exists()


def test_refuses_a_day_that_is_over(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    response = ask(alice, people, event_type, expires_on="2020-01-01")

    assert response.status_code == 422
    assert "This day is over" in response.content.decode()


def test_not_for_charlie(charlie: Client) -> None:
    assert charlie.get("/links/batches/new/").status_code == 403
    for path in ("create/", "1/stop/", "1/resume/"):
        assert charlie.post(f"/links/batches/{path}").status_code == 403
