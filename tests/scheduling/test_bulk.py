"""Acts on many rows: shown before, done once, each with its result, and never to rows that came to match later."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from candidates import indexing
from candidates.models import Candidate, Tag
from scheduling import tasks
from scheduling.forms.bulk import form_of
from scheduling.models import (
    Attempt,
    BookingLink,
    BulkItem,
    BulkRun,
    CancelRequest,
    Connection,
    Interview,
    Message,
    TimelineEntry,
)
from scheduling.queries.bulk_acts import ACTS
from scheduling.queries.selections import LARGEST
from scheduling.queries.tables import TABLES
from scheduling.services import bulk
from tests.factories import CandidateFactory, EventTypeFactory, LinkFactory, MessageFactory, make_interview, make_user
from tests.sandbox_process import Sandbox
from tests.scheduling.conftest import deliver, do, fields_of, let_cancellations_act, preview

pytestmark = pytest.mark.django_db


def problems(run: BulkRun) -> list[str]:
    return list(run.items.exclude(problem="").order_by("pk").values_list("problem", flat=True))


def test_shows_what_will_happen_to_whom_and_who_is_left_out(alice: Client) -> None:
    event_type = EventTypeFactory()
    fine = LinkFactory(event_type=event_type, candidate=CandidateFactory(name="Ann"))
    gone = LinkFactory(event_type=event_type, candidate=CandidateFactory(name="Ben"), withdrawn_at=timezone.now())
    booked = LinkFactory(event_type=event_type, candidate=CandidateFactory(name="Cem"))
    make_interview(booked.candidate, link=booked)

    page = preview(alice, "withdraw", link=[fine.pk, gone.pk, booked.pk])

    assert "Withdraw links: 1 link" in page
    assert "Left out: 2" in page
    assert "The link is withdrawn." in page
    assert "The link has been booked." in page
    assert BookingLink.objects.filter(withdrawn_at=None).count() == 2


def test_withdraws_what_was_ticked(alice: Client) -> None:
    event_type = EventTypeFactory()
    links = [LinkFactory(event_type=event_type) for _ in range(3)]

    page = do(alice, "withdraw", link=[links[0].pk, links[1].pk])

    assert "2 of 2" in page
    assert list(BookingLink.objects.filter(withdrawn_at=None)) == [links[2]]


def test_reminds_each_candidate_once(alice: Client) -> None:
    event_type = EventTypeFactory()
    links = [LinkFactory(event_type=event_type) for _ in range(2)]
    MessageFactory(link=links[0], state="waiting")

    page = preview(alice, "nudge", link=[row.pk for row in links])
    assert "A mail about it is on its way." in page
    assert "What the first of them reads:" in page
    do(alice, "nudge", link=[row.pk for row in links])

    assert [message.link for message in Message.objects.filter(kind="nudge")] == [links[1]]


def test_promises_no_reminder_to_whoever_had_a_mail_a_moment_ago(alice: Client) -> None:
    now = timezone.now()
    lately, long_ago = MessageFactory(state="sent"), MessageFactory(state="sent")
    Message.objects.filter(pk=long_ago.pk).update(created_at=now - timedelta(minutes=11))
    chosen = [lately.link_id, long_ago.link_id]

    page = preview(alice, "nudge", link=chosen)
    done = do(alice, "nudge", link=chosen)

    assert "Remind by e-mail: 1 link" in page
    assert "They got a mail about it a moment ago." in page
    assert "1 of 1" in done
    assert [message.link for message in Message.objects.filter(kind="nudge")] == [long_ago.link]


def test_acts_on_all_that_match_the_filter(alice: Client) -> None:
    for number in range(30):
        CandidateFactory(name=f"Ann {number}")
    other = CandidateFactory(name="Ben")

    page = preview(alice, "archive", all="1", q="Ann")
    assert "Archive candidates: 30 candidates" in page
    assert "Everything that matches now: <strong>“Ann”</strong>" in page
    do(alice, "archive", all="1", q="Ann")
    # However far the request came in its time.
    bulk.advance(BulkRun.objects.get().pk)

    assert "30 of 30" in alice.get(BulkRun.objects.get().get_absolute_url()).content.decode()
    assert list(Candidate.objects.filter(archived_at=None)) == [other]


def test_leaves_what_matches_after_the_yes(alice: Client) -> None:
    CandidateFactory(name="Ann One")
    sent = fields_of(preview(alice, "tag", all="1", q="Ann"))
    alice.post("/bulk/tag/start/", {**sent, "name": "senior"})

    late = CandidateFactory(name="Ann Late")
    bulk.advance(BulkRun.objects.get().pk)

    assert late.tags.count() == 0
    assert Tag.objects.get().candidates.count() == 1


def test_asks_again_when_other_rows_match_than_were_shown(alice: Client) -> None:
    first = CandidateFactory(name="Ann One")
    sent = fields_of(preview(alice, "archive", all="1", q="Ann"))
    CandidateFactory(name="Ann Two")
    Candidate.objects.filter(pk=first.pk).update(name="Zoë")
    indexing.index(Candidate.objects.filter(pk=first.pk))

    response = alice.post("/bulk/archive/start/", sent)
    page = response.content.decode()

    assert response.status_code == 422
    assert "Other candidates match by now." in page
    assert not BulkRun.objects.exists()
    alice.post("/bulk/archive/start/", fields_of(page))
    assert list(Candidate.objects.exclude(archived_at=None).values_list("name", flat=True)) == ["Ann Two"]


def test_takes_nothing_filled_in_for_a_filter(alice: Client) -> None:
    night, senior = Tag.objects.create(name="night"), Tag.objects.create(name="senior")
    ann, ben = CandidateFactory(name="Ann"), CandidateFactory(name="Ben")
    ann.tags.set([night, senior])
    ben.tags.set([senior])

    page = do(alice, "untag", all="1", tag=night.pk, filled={"tag": senior.pk})

    assert "1 of 1" in page
    assert BulkRun.objects.get().chosen == "Tag: night"
    assert list(senior.candidates.all()) == [ben]


@pytest.mark.parametrize("act", sorted(ACTS))
def test_lets_no_field_of_a_form_change_what_is_chosen(alice: Client, act: str) -> None:
    ann, ben = CandidateFactory(name="Ann"), CandidateFactory(name="Ben")
    for person in (ann, ben):
        LinkFactory(candidate=person)
        make_interview(person, starts_in=-timedelta(hours=3) if act in ("held", "no-show") else timedelta(days=3))
    if act == "restore":
        Candidate.objects.update(archived_at=timezone.now())
    named = {"q": "Ann", "view": "all", "archived": "1" if act == "restore" else ""}
    known = {name: value for name, value in named.items() if name in ACTS[act].table.filters}
    sent = fields_of(preview(alice, act, all="1", **known))
    fields = {name for table in TABLES.values() for name in (*table.filters, table.parameter)}
    fields |= {*form_of(act).fields, "all"}

    page = alice.post(f"/bulk/{act}/start/", {**dict.fromkeys(fields, "1"), **sent}, follow=True).content.decode()

    assert "match by now" not in page
    assert "“Ann”" in page
    assert BulkItem.objects.count() <= 1


@pytest.mark.parametrize("lost", [{"tag": "99999"}, {"state": "lost"}, {"colour": "red"}])
def test_chooses_nobody_when_a_part_of_the_filter_is_not_known(alice: Client, lost: dict[str, str]) -> None:
    CandidateFactory()
    ((name, value),) = lost.items()
    key = {"request_key": str(uuid4()), "digest": "x"}

    shown = alice.get("/bulk/archive/", {"all": "1", **lost})
    sent = alice.post("/bulk/archive/start/", {"matching": f"{name}={value}", **key})

    for answer in (shown, sent):
        page = answer.content.decode()
        assert answer.status_code == 422
        assert f"<code>{name}={value}</code>" in page
        assert 'action="/bulk/' not in page
    assert not BulkRun.objects.exists()


def test_minds_no_order_it_does_not_know(alice: Client) -> None:
    CandidateFactory()

    page = preview(alice, "archive", all="1", sort="colour")

    assert "Archive candidates: 1 candidate" in page


def test_acts_once_when_sent_twice(alice: Client) -> None:
    sent = fields_of(preview(alice, "tag", candidate=[CandidateFactory().pk, CandidateFactory().pk]))

    addresses = {alice.post("/bulk/tag/start/", {**sent, "name": "senior"})["Location"] for _ in range(2)}

    assert len(addresses) == 1
    assert (BulkRun.objects.count(), BulkItem.objects.count()) == (1, 2)


def test_refuses_more_than_it_can_do_at_once(alice: Client) -> None:
    Candidate.objects.bulk_create(
        (Candidate(name=f"C {number}", email=f"c{number}@example.com") for number in range(LARGEST + 1)),
        batch_size=500,
    )

    page = preview(alice, "archive", all="1")
    assert "That is more than 5000 at once" in page
    alice.post("/bulk/archive/start/", {"matching": "", "request_key": str(uuid4()), "digest": "x"})

    assert not BulkRun.objects.exists()


def test_hands_over_to_somebody_and_to_nobody(alice: Client, recruiter: User) -> None:
    dora = make_user("dora", "Recruiter")
    people = [CandidateFactory(owner=recruiter), CandidateFactory(owner=dora)]
    ids = [person.pk for person in people]

    page = do(alice, "owner", candidate=ids, filled={"owner": dora.pk})
    assert "1 handed over, 1 left out" in page
    assert "That is the owner already." in page
    do(alice, "owner", candidate=ids, filled={"owner": "nobody"})

    assert set(Candidate.objects.values_list("owner", flat=True)) == {None}


def test_gives_candidates_to_nobody_who_may_not_have_them(alice: Client, charlie: Client) -> None:
    viewer = User.objects.get(email="charlie@example.org")
    sent = fields_of(preview(alice, "owner", candidate=[CandidateFactory().pk]))

    response = alice.post("/bulk/owner/start/", {**sent, "owner": viewer.pk})

    assert response.status_code == 422
    assert "Choose somebody from the list." in response.content.decode()


def test_hands_over_to_nobody_only_when_that_is_chosen(alice: Client, recruiter: User) -> None:
    sent = fields_of(preview(alice, "owner", candidate=[CandidateFactory(owner=recruiter).pk]))

    response = alice.post("/bulk/owner/start/", {**sent, "owner": ""})

    assert response.status_code == 422
    assert "Choose who looks after them." in response.content.decode()


def test_adds_and_removes_a_tag(alice: Client) -> None:
    people = [CandidateFactory() for _ in range(3)]
    ids = [person.pk for person in people]

    do(alice, "tag", candidate=ids, filled={"name": "  night   shift "})
    tag = Tag.objects.get()
    assert (tag.name, tag.candidates.count()) == ("night shift", 3)
    page = do(alice, "untag", candidate=ids[:2], filled={"tag": tag.pk})

    assert "2 freed of the tag" in page
    assert list(tag.candidates.all()) == [people[2]]


def test_archives_and_restores(alice: Client) -> None:
    ids = [CandidateFactory().pk, CandidateFactory().pk]

    do(alice, "archive", candidate=ids)
    assert Candidate.objects.exclude(archived_at=None).count() == 2
    do(alice, "restore", all="1", archived="1")

    assert Candidate.objects.filter(archived_at=None).count() == 2
    kinds = TimelineEntry.objects.values_list("kind", flat=True)
    assert sorted(kinds) == ["candidate_archived"] * 2 + ["candidate_restored"] * 2


def test_marks_as_held_what_has_begun(alice: Client) -> None:
    begun = make_interview(CandidateFactory(name="Ann"), starts_in=-timedelta(hours=3))
    ahead = make_interview(CandidateFactory(name="Ben"))

    page = preview(alice, "held", interview=[begun.pk, ahead.pk])
    assert "It has not started yet." in page
    do(alice, "held", interview=[begun.pk, ahead.pk])

    assert [row.state for row in Interview.objects.order_by("pk")] == ["held", "booked"]


def test_cancels_with_an_undo_for_all(alice: Client) -> None:
    rows = [make_interview(CandidateFactory()) for _ in range(3)]

    page = do(alice, "cancel", interview=[row.pk for row in rows], filled={"side": "company", "reason": "Closed"})
    assert "3 of 3</strong>: 0 canceled, 3 to be canceled. It goes on when you leave this page." in page
    assert "3 interviews will be canceled." in page
    run = BulkRun.objects.get()
    assert CancelRequest.objects.filter(reason="Closed", state="waiting").count() == 3
    page = alice.post(f"/bulk/{run.pk}/undo/", follow=True).content.decode()

    assert "Undone. 3 interviews stay as they were" in page
    assert page.count("<span>Undone</span>") == 3
    assert "3 of 3</strong>: 0 canceled, 3 undone. Done." in page
    assert "3: 0 canceled, 3 undone" in alice.get("/bulk/").content.decode()
    assert set(CancelRequest.objects.values_list("state", flat=True)) == {"undone"}
    assert "Too late" in alice.post(f"/bulk/{run.pk}/undo/", follow=True).content.decode()


def test_undoes_what_was_not_yet_asked_for(alice: Client, recruiter: User) -> None:
    rows = [make_interview(CandidateFactory()) for _ in range(2)]
    run = bulk.start(
        ACTS["cancel"],
        [row.pk for row in rows],
        wish={"side": "company"},
        chosen="",
        request_key=uuid4(),
        by=recruiter,
    )
    bulk.advance_one(run.pk)

    alice.post(f"/bulk/{run.pk}/undo/")
    bulk.advance(run.pk)

    assert list(CancelRequest.objects.values_list("state", flat=True)) == ["undone"]


def test_needs_a_side_to_cancel(alice: Client) -> None:
    sent = fields_of(preview(alice, "cancel", interview=[make_interview(CandidateFactory()).pk]))

    response = alice.post("/bulk/cancel/start/", sent)

    assert response.status_code == 422
    assert "Say on whose side the cause is." in response.content.decode()


@pytest.fixture
def over(sandbox: Sandbox, connection: Connection) -> list[Interview]:
    """Two interviews of the sandbox that are over and unmarked."""
    sandbox.book(email="ann@example.com", name="Ann")
    sandbox.book(email="ben@example.com", name="Ben")
    deliver(sandbox)
    sandbox.option(clock_offset_s=timedelta(days=30).total_seconds())
    Connection.objects.update(expires_at=timezone.now())
    past = timezone.now() - timedelta(hours=2)
    Attempt.objects.update(starts_at=past, ends_at=past)
    Interview.objects.update(starts_at=past, ends_at=past)
    return list(Interview.objects.order_by("pk"))


def test_marks_no_shows_in_the_background(sandbox: Sandbox, over: list[Interview], alice: Client) -> None:
    page = do(alice, "no-show", interview=[row.pk for row in over])
    assert "0 of 2" in page

    bulk.advance(BulkRun.objects.get().pk)

    assert set(Interview.objects.values_list("state", flat=True)) == {"no_show"}
    assert len(sandbox.requests("invitee_no_shows.create")) == 2


def test_stops_when_calendly_stays_away_and_goes_on_later(
    sandbox: Sandbox, over: list[Interview], alice: Client
) -> None:
    do(alice, "no-show", interview=[row.pk for row in over])
    run = BulkRun.objects.get()
    sandbox.switch("invitee_no_shows.create", "503")

    bulk.advance(run.pk)
    page = alice.get(run.get_absolute_url()).content.decode()
    assert "Stopped." in page
    assert "Try again in a minute" in page or "may or may not have done it" in page
    assert bulk.due(now=timezone.now()) == []
    sandbox.mend()
    alice.post(f"/bulk/{run.pk}/resume/")
    bulk.advance(run.pk)

    assert set(Interview.objects.values_list("state", flat=True)) == {"no_show"}


def test_tells_what_calendly_refused_and_tries_again_when_asked(
    sandbox: Sandbox, over: list[Interview], alice: Client
) -> None:
    do(alice, "no-show", interview=[row.pk for row in over])
    run = BulkRun.objects.get()
    sandbox.switch("invitee_no_shows.create", "400", times=1)

    bulk.advance(run.pk)
    page = alice.get(run.get_absolute_url()).content.decode()
    assert "1 marked as candidate no-show, 1 failed" in page
    assert "The supplied parameters are invalid" in page
    alice.post(f"/bulk/{run.pk}/resume/")
    bulk.advance(run.pk)

    assert set(run.items.values_list("state", flat=True)) == {"done"}


def start(act: str, pks: list[int], by: User) -> BulkRun:
    return bulk.start(ACTS[act], pks, wish={"tag": "x"}, chosen="", request_key=uuid4(), by=by)


def test_goes_on_after_a_stop(alice: Client, recruiter: User) -> None:
    run = start("archive", [CandidateFactory().pk for _ in range(4)], recruiter)
    bulk.advance_one(run.pk)
    alice.post(f"/bulk/{run.pk}/stop/")
    bulk.advance(run.pk)
    assert Candidate.objects.exclude(archived_at=None).count() == 1

    alice.post(f"/bulk/{run.pk}/resume/")
    bulk.advance(run.pk)

    assert Candidate.objects.exclude(archived_at=None).count() == 4


def test_takes_over_what_a_worker_died_with(recruiter: User) -> None:
    run = start("archive", [CandidateFactory().pk], recruiter)
    BulkItem.objects.update(claimed_until=timezone.now() + timedelta(minutes=1))
    assert bulk.due(now=timezone.now()) == []

    BulkItem.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert bulk.due(now=timezone.now()) == [run.pk]
    bulk.advance(run.pk)

    assert BulkItem.objects.get().state == "done"


def test_keeps_two_workers_at_most(recruiter: User) -> None:
    run = start("archive", [CandidateFactory().pk for _ in range(3)], recruiter)
    for item in run.items.all()[:2]:
        assert bulk.due(now=timezone.now()) == [run.pk]
        BulkItem.objects.filter(pk=item.pk).update(claimed_until=timezone.now() + timedelta(minutes=1))

    assert bulk.due(now=timezone.now()) == []
    assert bulk.advance(run.pk) == 0
    assert not Candidate.objects.exclude(archived_at=None).exists()


def test_lets_other_work_come_in_between(recruiter: User, monkeypatch: pytest.MonkeyPatch) -> None:
    run = start("archive", [CandidateFactory().pk for _ in range(3)], recruiter)
    woken: list[int] = []
    # The queue is what this is about; nothing else could tell.
    monkeypatch.setattr(tasks.advance_bulk, "delay", woken.append)
    monkeypatch.setattr(tasks, "wake_sweep", lambda **more: None)
    # A turn that is over after its first row.
    monkeypatch.setattr(bulk, "advance", lambda run_id: int(bulk.advance_one(run_id)))

    for _ in range(4):
        tasks.advance_bulk(run.pk)

    assert woken == [run.pk] * 2
    assert set(run.items.values_list("state", flat=True)) == {"done"}


def test_keeps_nothing_of_a_row_that_broke_and_goes_on_with_the_others(
    recruiter: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = CandidateFactory(), CandidateFactory()
    run = start("archive", [first.pk, second.pk], recruiter)

    # The one thing no input can provoke: a defect of our own.
    def break_once(candidate: Candidate, order: bulk.Order) -> None:
        bulk._archive(candidate, order)
        if candidate.pk == first.pk:
            raise ZeroDivisionError

    monkeypatch.setitem(bulk.DEEDS, "archive", break_once)
    bulk.advance(run.pk)

    assert list(run.items.order_by("pk").values_list("state", flat=True)) == ["failed", "done"]
    assert problems(run) == ["Something went wrong on our side; it is in the log."]
    assert Candidate.objects.get(archived_at=None) == first


def test_leaves_out_what_no_longer_fits_when_its_turn_comes(recruiter: User) -> None:
    link = LinkFactory()
    run = start("withdraw", [link.pk], recruiter)
    make_interview(link.candidate, link=link)

    bulk.advance(run.pk)

    assert (BulkItem.objects.get().state, problems(run)) == ("skipped", ["The link has been booked."])
    link.refresh_from_db()
    assert link.withdrawn_at is None


def test_stops_when_whoever_asked_may_no_more(recruiter: User) -> None:
    run = start("archive", [CandidateFactory().pk], recruiter)
    recruiter.groups.clear()

    bulk.advance(run.pk)

    run.refresh_from_db()
    assert run.stop_reason == "Whoever asked for it may not do this any more."
    assert Candidate.objects.filter(archived_at=None).exists()


def test_lists_what_was_done_to_many(alice: Client, recruiter: User) -> None:
    run = start("archive", [CandidateFactory().pk], recruiter)
    bulk.advance(run.pk)

    page = alice.get("/bulk/").content.decode()

    assert "Archive candidates" in page
    assert "1 of 1 done" in page
    assert "It goes on" not in alice.get(run.get_absolute_url()).content.decode()


def test_lists_runs_in_a_fixed_number_of_queries(
    alice: Client, recruiter: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(12):
        start("cancel", [make_interview(CandidateFactory()).pk], recruiter)

    with django_assert_max_num_queries(10):
        alice.get("/bulk/")


def test_forgets_old_runs(recruiter: User) -> None:
    run = start("archive", [CandidateFactory().pk], recruiter)
    BulkRun.objects.update(created_at=timezone.now() - timedelta(days=91))

    assert bulk.prune(now=timezone.now()) == 1
    assert not BulkRun.objects.filter(pk=run.pk).exists()


def test_knows_no_other_act(alice: Client) -> None:
    assert alice.get("/bulk/delete/").status_code == 404
    assert alice.post("/bulk/delete/start/").status_code == 404


@pytest.mark.parametrize("act", sorted(ACTS))
def test_says_that_nothing_is_chosen(alice: Client, act: str) -> None:
    page = preview(alice, act, candidate="x", link="-1", interview="99999999999999999999")

    assert f"No {ACTS[act].table.noun} is chosen" in page


@pytest.mark.parametrize("act", sorted(ACTS))
def test_not_for_charlie(charlie: Client, recruiter: User, act: str) -> None:
    run = BulkRun.objects.create(act=act, created_by=recruiter, request_key=uuid4())

    assert charlie.get(f"/bulk/{act}/", {"all": "1"}).status_code == 403
    assert charlie.post(f"/bulk/{act}/start/", {"all": "1", "request_key": str(uuid4())}).status_code == 403
    for deed in ("stop", "resume", "undo"):
        assert charlie.post(f"/bulk/{run.pk}/{deed}/").status_code == 403
    assert charlie.get(f"/bulk/{run.pk}/").status_code == 200


@pytest.mark.parametrize("path", ["/candidates/", "/links/", "/interviews/?view=all"])
def test_offers_charlie_the_export_alone(charlie: Client, path: str) -> None:
    link = LinkFactory()
    make_interview(link.candidate)

    page = charlie.get(path).content.decode()

    assert "export.csv" in page
    assert 'formaction="/bulk/' not in page


def test_takes_the_ticked_rows_away(alice: Client) -> None:
    ann, ben = CandidateFactory(name="Ann"), CandidateFactory(name="Ben")
    response = alice.get("/candidates/export.csv", {"candidate": ann.pk})

    content = b"".join(response).decode()

    assert ann.email in content
    assert ben.email not in content


def test_previews_many_in_a_fixed_number_of_queries(alice: Client, django_assert_max_num_queries: Any) -> None:
    for _ in range(3):
        make_interview(CandidateFactory())
    with django_assert_max_num_queries(24) as few:
        alice.get("/bulk/cancel/", {"all": "1", "view": "all"})
    for _ in range(20):
        make_interview(CandidateFactory())

    with django_assert_max_num_queries(len(few)):
        alice.get("/bulk/cancel/", {"all": "1", "view": "all"})


def test_shows_results_in_a_fixed_number_of_queries(
    alice: Client, recruiter: User, django_assert_max_num_queries: Any
) -> None:
    run = start("held", [make_interview(CandidateFactory()).pk for _ in range(20)], recruiter)
    bulk.advance(run.pk)

    with django_assert_max_num_queries(15):
        assert "20 left out" in alice.get(run.get_absolute_url()).content.decode()


def test_lets_the_cancellations_of_a_run_go_to_calendly(
    sandbox: Sandbox, connection: Connection, alice: Client
) -> None:
    sandbox.book(email="ann@example.com")
    deliver(sandbox)
    do(alice, "cancel", interview=[Interview.objects.get().pk], filled={"side": "candidate"})

    let_cancellations_act()

    assert Interview.objects.get().state == "canceled"
    assert len(sandbox.requests("scheduled_events.cancel")) == 1
    page = alice.get(BulkRun.objects.get().get_absolute_url()).content.decode()
    assert "<span>Canceled</span>" in page
    assert "1 of 1</strong>: 1 canceled. Done." in page


def test_tells_which_cancellation_of_a_run_failed(sandbox: Sandbox, connection: Connection, alice: Client) -> None:
    sandbox.book(email="ann@example.com")
    deliver(sandbox)
    page = do(alice, "cancel", interview=[Interview.objects.get().pk], filled={"side": "candidate"})
    assert "<span>To be canceled</span>" in page
    sandbox.switch("scheduled_events.cancel", "400")

    let_cancellations_act()

    page = alice.get(BulkRun.objects.get().get_absolute_url()).content.decode()
    assert "<span>Not canceled</span>" in page
    assert "The supplied parameters are invalid" in page
