"""Links for many: one result per row, stopped and gone on with, and never a second link."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.utils import timezone

from candidates.models import Candidate
from scheduling import tasks
from scheduling.models import BookingLink, BulkItem, BulkRun, Connection, EventType, LinkClaim, Message
from scheduling.services import bulk, links
from tests.factories import CandidateFactory, EventTypeFactory, InterviewerFactory, LinkFactory, make_interview
from tests.sandbox_process import Sandbox
from tests.scheduling.conftest import do, fields_of, preview

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db: None) -> list[Candidate]:
    return [CandidateFactory(name=f"Ann {number}") for number in range(5)]


def ask(client: Client, people: list[Candidate], event_type: EventType, **fields: Any) -> str:
    """Choose, look, and say yes; returns the page that follows."""
    return do(
        client,
        "invite",
        candidate=[person.pk for person in people],
        filled={"event_type": event_type.pk, "expires_on": "", **fields},
    )


def finish(run_id: int) -> None:
    """Let a worker go on for as many turns as it takes."""
    while bulk.advance(run_id):
        pass


def states(run: BulkRun) -> list[str]:
    return list(run.items.order_by("pk").values_list("state", flat=True))


def page_of(client: Client, run: BulkRun) -> str:
    return client.get(run.get_absolute_url()).content.decode()


def test_makes_a_link_for_each(sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]) -> None:
    page = ask(alice, people, event_type)
    run = BulkRun.objects.get()
    assert "0 of 5" in page
    assert 'href="/candidates/" aria-current="page"' in page
    assert "For Technical interview." in page

    finish(run.pk)

    page = page_of(alice, run)
    assert {link.candidate for link in BookingLink.objects.all()} == set(people)
    assert "5 of 5</strong>: 5 made" in page
    assert all(f'data-copy="{link.address}"' in page for link in BookingLink.objects.all())
    assert BookingLink.objects.first().created_by.email == "alice@example.org"  # type: ignore[union-attr]


def test_makes_links_for_all_that_match(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    CandidateFactory(name="Ben")
    page = preview(alice, "invite", all="1", q="Ann")
    assert "Make links: 5 candidates" in page
    sent = {**fields_of(page), "event_type": event_type.pk}

    extra = CandidateFactory(name="Ann Late")
    refused = alice.post("/bulk/invite/start/", sent).content.decode()
    assert "Other candidates match by now." in refused
    extra.delete()
    alice.post("/bulk/invite/start/", sent)
    finish(BulkRun.objects.get().pk)

    assert {link.candidate for link in BookingLink.objects.all()} == set(people)


def test_tells_before_who_has_an_open_link(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    LinkFactory(candidate=people[0], event_type=event_type)
    LinkFactory(candidate=people[1], event_type=event_type, withdrawn_at=timezone.now())

    page = preview(alice, "invite", candidate=[person.pk for person in people])

    assert page.count('<span class="also">has an open link for Technical interview') == 1
    assert "1 of them has an open link already." in page
    assert f'data-for="{event_type.pk}">1 of the 5 has an open link for Technical interview.' in page


def test_leaves_out_who_has_an_open_link_for_it(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    LinkFactory(candidate=people[0], event_type=event_type)
    LinkFactory(candidate=people[1], event_type=EventTypeFactory(connection=event_type.connection))

    ask(alice, people[:2], event_type)
    run = BulkRun.objects.get()
    finish(run.pk)

    assert states(run) == ["skipped", "done"]
    assert "Has an open link for it already." in page_of(alice, run)


def test_makes_another_link_where_that_is_meant(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    LinkFactory(candidate=people[0], event_type=event_type)

    ask(alice, people[:1], event_type, leaves_out="")
    finish(BulkRun.objects.get().pk)

    assert people[0].links.count() == 2


def test_shows_the_mail_for_what_was_chosen(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    page = preview(alice, "invite", candidate=[person.pk for person in people])
    sent = {**fields_of(page), "event_type": event_type.pk, "sends_mail": "on"}

    page = alice.post("/bulk/invite/look/", sent).content.decode()

    mail = page[page.index('<article class="mail"') : page.index("</article>")]
    assert "Technical interview" in mail
    assert "to ann" not in mail
    assert f"to {people[0].email}" in mail
    assert f'<option value="{event_type.pk}" selected>' in page
    assert not BulkRun.objects.exists()


def test_tells_of_interviewers_who_have_all_they_should(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    host = InterviewerFactory(connection=event_type.connection, max_per_week=1)
    event_type.hosts.add(host)
    make_interview(CandidateFactory(), starts_in=timedelta(minutes=5)).interviewers.add(host)

    page = preview(alice, "invite", candidate=people[0].pk)

    assert f'data-group="event_type" data-for="{event_type.pk}">{host.name} has 1 of 1' in page


def test_sends_each_link_once(sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]) -> None:
    page = ask(alice, people[:2], event_type, sends_mail="on")
    assert "Each is sent by e-mail." in page
    run = BulkRun.objects.get()

    finish(run.pk)
    # A worker died before it could save, and another begins anew.
    BulkItem.objects.update(state="waiting", claimed_until=None)
    finish(run.pk)

    assert sorted(Message.objects.values_list("to", flat=True)) == sorted(person.email for person in people[:2])
    assert BookingLink.objects.count() == 2


def test_sends_nothing_unless_it_is_to(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    ask(alice, people[:1], event_type)

    finish(BulkRun.objects.get().pk)

    assert (BookingLink.objects.count(), Message.objects.count()) == (1, 0)


def test_makes_the_links_once_when_sent_twice(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    sent = {**fields_of(preview(alice, "invite", candidate=[row.pk for row in people])), "event_type": event_type.pk}

    addresses = {alice.post("/bulk/invite/start/", sent)["Location"] for _ in range(2)}

    assert len(addresses) == 1
    assert (BulkRun.objects.count(), BulkItem.objects.count()) == (1, 5)


def test_makes_links_for_somebody_in_several_runs(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    for _ in range(2):
        ask(alice, people[:1], event_type, leaves_out="")

    for run_id in bulk.due(now=timezone.now()):
        finish(run_id)

    assert people[0].links.count() == 2


def test_goes_on_after_a_stop_without_a_second_link(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    ask(alice, people, event_type)
    run = BulkRun.objects.get()
    bulk.advance_one(run.pk)
    alice.post(f"/bulk/{run.pk}/stop/")
    finish(run.pk)
    assert states(run).count("done") == 1

    alice.post(f"/bulk/{run.pk}/resume/")
    finish(run.pk)
    finish(run.pk)

    assert BookingLink.objects.count() == len(sandbox.requests("shares.create")) == 5


def test_makes_no_second_link_when_a_worker_died_after_saving_it(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    ask(alice, people, event_type)
    run = BulkRun.objects.get()
    finish(run.pk)
    BulkItem.objects.update(state="waiting")

    finish(run.pk)

    assert BookingLink.objects.count() == 5
    assert states(run) == ["done"] * 5


def test_leaves_a_link_to_the_worker_that_is_at_it(
    sandbox: Sandbox,
    event_type: EventType,
    alice: Client,
    people: list[Candidate],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ask(alice, people[:1], event_type)
    run = BulkRun.objects.get()
    key = run.items.get().request_key
    assert key is not None
    claim = LinkClaim.objects.create(request_key=key, claimed_at=timezone.now())
    monkeypatch.setattr(links, "WAIT_S", 0.1)

    assert bulk.advance_one(run.pk)
    assert run.items.values_list("state", "problem").get() == ("waiting", "The link is still being made.")

    claim.delete()
    finish(run.pk)
    assert run.items.values_list("state", "problem").get() == ("done", "")


def test_tells_each_failure_and_tries_again_when_asked(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    ask(alice, people, event_type)
    run = BulkRun.objects.get()
    sandbox.switch("shares.create", "400", times=1)
    sandbox.switch("scheduling_links.create", "400", times=1)

    finish(run.pk)
    page = page_of(alice, run)
    assert "4 made, 1 failed" in page
    assert "The supplied parameters are invalid" in page

    alice.post(f"/bulk/{run.pk}/resume/")
    finish(run.pk)
    assert states(run) == ["done"] * 5


def test_tries_an_outage_three_times(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    ask(alice, people[:1], event_type)
    sandbox.switch("shares.create", "500", times=2)

    finish(BulkRun.objects.get().pk)

    assert states(BulkRun.objects.get()) == ["done"]


def test_stops_when_the_connection_is_lost(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    ask(alice, people, event_type)
    run = BulkRun.objects.get()
    sandbox.switch("shares.create", "401")

    finish(run.pk)

    run.refresh_from_db()
    assert run.stop_reason.startswith("Calendly no longer accepts our connection.")
    assert states(run) == ["waiting"] * 5
    assert Connection.objects.get().state == Connection.State.NEEDS_RECONNECT
    assert bulk.due(now=timezone.now()) == []


def test_stops_when_there_is_no_connection_any_more(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    ask(alice, people, event_type)
    run = BulkRun.objects.get()
    Connection.objects.update(state=Connection.State.DISCONNECTED)

    finish(run.pk)

    run.refresh_from_db()
    assert run.stop_reason.startswith("Calendly is not connected.")
    assert states(run) == ["waiting"] * 5


@pytest.mark.parametrize(("answer", "words"), [("403", "paid plan"), ("403_scope", "The connection lacks")])
def test_stops_when_the_others_would_be_refused_likewise(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate], answer: str, words: str
) -> None:
    ask(alice, people, event_type)
    run = BulkRun.objects.get()
    sandbox.switch("shares.create", "403")
    sandbox.switch("scheduling_links.create", answer)

    finish(run.pk)

    run.refresh_from_db()
    assert words in run.stop_reason
    assert states(run) == ["waiting"] * 5
    assert len(sandbox.requests("scheduling_links.create")) == 1


def test_stops_when_the_event_type_is_gone(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    ask(alice, people, event_type)
    run = BulkRun.objects.get()
    EventType.objects.filter(pk=event_type.pk).update(deleted_at=timezone.now())

    finish(run.pk)

    run.refresh_from_db()
    assert run.stop_reason == "This event type is no longer offered."
    assert not BookingLink.objects.exists()


def test_stops_when_the_last_day_is_over(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    ask(alice, people, event_type)
    run = BulkRun.objects.get()
    run.wish["expires_at"] = timezone.now().isoformat()
    run.save()

    finish(run.pk)

    run.refresh_from_db()
    assert run.stop_reason == "The last day to book is over."
    assert not BookingLink.objects.exists()


def test_leaves_out_who_was_archived_meanwhile(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    ask(alice, people, event_type)
    alice.post(f"/candidates/{people[0].pk}/archive/")

    finish(BulkRun.objects.get().pk)

    assert BulkItem.objects.get(candidate=people[0]).state == "skipped"
    assert sorted(states(BulkRun.objects.get())) == ["done"] * 4 + ["skipped"]


@pytest.mark.parametrize("chosen", [[], ["x"], ["99999999999999999999"], ["-1"]])
def test_asks_for_somebody(sandbox: Sandbox, event_type: EventType, alice: Client, chosen: list[str]) -> None:
    sent = {"candidate": chosen, "event_type": event_type.pk, "request_key": str(uuid4()), "digest": "shown"}

    page = alice.post("/bulk/invite/start/", sent).content.decode()

    assert "No candidate is chosen" in page
    assert not BulkRun.objects.exists()


def test_refuses_a_day_that_is_over(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate]
) -> None:
    page = ask(alice, people, event_type, expires_on="2020-01-01")

    assert "This day is over" in page
    assert not BulkRun.objects.exists()


def test_says_that_calendly_is_not_connected(alice: Client, people: list[Candidate]) -> None:
    page = preview(alice, "invite", candidate=people[0].pk)
    assert "Calendly is not connected." in page

    response = alice.post("/bulk/invite/start/", fields_of(page))

    assert response.status_code == 422
    assert "Choose an event type." in response.content.decode()


def test_wakes_workers_that_share_the_run(
    sandbox: Sandbox, event_type: EventType, alice: Client, people: list[Candidate], monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[object] = []
    # The queue is what this is about; nothing else could tell.
    monkeypatch.setattr(tasks, "wake", lambda task, row_id, **more: woken.append((task, row_id)))

    ask(alice, people, event_type)

    assert woken == [(tasks.advance_bulk, BulkRun.objects.get().pk)] * 2


def test_previews_and_shows_many_in_a_fixed_number_of_queries(
    sandbox: Sandbox,
    event_type: EventType,
    alice: Client,
    people: list[Candidate],
    django_assert_max_num_queries: Any,
) -> None:
    for person in people:
        LinkFactory(candidate=person, event_type=event_type)
    with django_assert_max_num_queries(24):
        preview(alice, "invite", candidate=[person.pk for person in people])
    ask(alice, people, event_type, leaves_out="")
    run = BulkRun.objects.get()
    finish(run.pk)

    with django_assert_max_num_queries(14):
        assert "5 made" in page_of(alice, run)


def test_the_mail_is_not_for_charlie(charlie: Client) -> None:
    assert charlie.post("/bulk/invite/look/", {"all": "1"}).status_code == 403


# It empties all tables when it ends, roles too: with the others that do.
@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_carries_what_was_begun_before_the_two_were_one() -> None:
    before, here = [("scheduling", "0016_quicker")], [("scheduling", "0017_bulk_links")]
    executor = MigrationExecutor(database)
    latest = executor.loader.graph.leaf_nodes()
    made = LinkFactory()
    late = CandidateFactory()
    by = User.objects.create_user("alice@example.org")
    asked_at = timezone.now() - timedelta(days=3)
    keys = {"batch": uuid4(), "late": uuid4()}
    try:
        old = executor.migrate(before).apps
        batch = old.get_model("scheduling", "Batch").objects.create(
            event_type_id=made.event_type_id,
            expires_at=asked_at + timedelta(days=14),
            sends_mail=True,
            created_by_id=by.pk,
            request_key=keys["batch"],
            stopped_at=asked_at,
            stop_reason="Calendly is away.",
        )
        type(batch).objects.update(created_at=asked_at)
        items = old.get_model("scheduling", "BatchItem").objects
        items.create(
            batch=batch, candidate_id=made.candidate_id, request_key=made.request_key, state="done", link_id=made.pk
        )
        items.create(batch=batch, candidate_id=late.pk, request_key=keys["late"], attempts=2, problem="No answer.")

        executor.loader.build_graph()
        executor.migrate(here)
        run = BulkRun.objects.get()
        assert (run.act, run.created_at, run.created_by, run.stop_reason) == (
            "invite",
            asked_at,
            by,
            "Calendly is away.",
        )
        assert run.wish == {
            "event_type": made.event_type_id,
            "expires_at": (asked_at + timedelta(days=14)).isoformat(),
            "leaves_out": False,
            "sends_mail": True,
            "words": f"For {made.event_type}. Each is sent by e-mail.",
        }
        assert list(run.items.values_list("candidate", "request_key", "state", "attempts", "problem")) == [
            (made.candidate_id, made.request_key, "done", 0, ""),
            (late.pk, keys["late"], "waiting", 2, "No answer."),
        ]

        executor.loader.build_graph()
        back = executor.migrate(before).apps.get_model("scheduling", "Batch").objects.get()
        assert (back.request_key, back.created_at, back.sends_mail) == (keys["batch"], asked_at, True)
        assert list(back.items.values_list("candidate", "link", "state")) == [
            (made.candidate_id, made.pk, "done"),
            (late.pk, None, "waiting"),
        ]
    finally:
        executor.loader.build_graph()
        executor.migrate(latest)
