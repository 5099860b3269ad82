"""A mail of ours about a canceled interview: only when asked for, once, and only when it was our doing."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from candidates.models import Candidate
from scheduling.models import CancelRequest, Interview, Message
from scheduling.services import cancellations, messages
from tests.factories import CandidateFactory, make_interview
from tests.sandbox_process import Sandbox
from tests.scheduling.conftest import deliver

pytestmark = pytest.mark.django_db


@pytest.fixture
def booked(sandbox: Sandbox, connection: object) -> Interview:
    """Ann's interview, booked at the sandbox."""
    CandidateFactory(name="Ann Applicant", email="ann@example.com")
    sandbox.book(name="Ann Applicant", email="ann@example.com", timezone="Asia/Kathmandu")
    deliver(sandbox)
    return Interview.objects.get()


def ask(client: Client, interview: Interview, **fields: str) -> None:
    """Ask for the cancellation, and let the seconds pass in which it can be undone."""
    form = {"side": "company", "reason": "The team changed <plans>", "private_note": "hiring freeze", **fields}
    client.post(f"/interviews/{interview.pk}/cancel/", form)
    CancelRequest.objects.update(act_at=timezone.now())


def act() -> None:
    for pk in cancellations.due(now=timezone.now()):
        cancellations.act(pk)
    for pk in messages.due(now=timezone.now()):
        messages.send(pk)


def test_writes_to_the_candidate_once_it_is_canceled(alice: Client, booked: Interview) -> None:
    ask(alice, booked, sends_notice="on")
    assert Message.objects.count() == 0

    act()
    act()

    (sent,) = mail.outbox
    html = Message.objects.get().html
    assert sent.to == ["ann@example.com"]
    assert sent.reply_to == ["alice@example.org"]
    assert "(Asia/Kathmandu)" in str(sent.body)
    assert "The reason: The team changed <plans>." in str(sent.body)
    assert "&lt;plans&gt;" in html
    assert "hiring freeze" not in str(sent.body) + html
    page = alice.get(f"/interviews/{booked.pk}/").content.decode()
    assert "Our mail" in page
    assert f"Wrote to ann@example.com that {booked.name} is canceled" in page


def test_writes_nothing_unless_asked(alice: Client, booked: Interview) -> None:
    ask(alice, booked)

    act()

    booked.refresh_from_db()
    assert booked.state == "canceled"
    assert mail.outbox == []


def test_writes_nothing_when_undone(alice: Client, booked: Interview) -> None:
    ask(alice, booked, sends_notice="on")
    alice.post("/interviews/cancel/undo/", {"request": CancelRequest.objects.get().pk})

    act()

    assert mail.outbox == []


def test_writes_nothing_about_what_others_canceled(alice: Client, sandbox: Sandbox, booked: Interview) -> None:
    ask(alice, booked, sends_notice="on")
    sandbox.cancel(booked.current.invitee_uri)
    deliver(sandbox)

    act()

    assert CancelRequest.objects.get().found_canceled
    assert mail.outbox == []


def test_brings_a_notice_that_failed_to_mind(alice: Client, db: None) -> None:
    candidate: Candidate = CandidateFactory(name="Ann Applicant")
    interview = make_interview(candidate, starts_in=timedelta(days=2), canceled=True)
    message = messages.queue_notice(interview, reason="", by=None)
    Message.objects.update(state="failed", error="550 no such person")

    assert "the cancellation for Technical interview was not sent" in alice.get("/").content.decode()
    Candidate.objects.update(email="right@example.com")
    alice.post(f"/links/messages/{message.pk}/again/")
    act()

    assert [sent.to for sent in mail.outbox] == [["right@example.com"]]


def test_names_the_interview_of_a_notice_that_came_back(alice: Client, db: None) -> None:
    candidate: Candidate = CandidateFactory(name="Ann Applicant")
    interview = make_interview(candidate, starts_in=timedelta(days=2), canceled=True)
    message = messages.queue_notice(interview, reason="", by=None)
    act()

    alice.post(f"/links/messages/{message.pk}/bounced/")

    assert "The mail about Technical interview came back" in alice.get(f"/interviews/{interview.pk}/").content.decode()


def test_refuses_variables_of_another_kind(bob: Client) -> None:
    wrong = bob.post("/settings/messages/cancellation/", {"subject": "Sorry", "body": "Book again: {link}"})
    fine = bob.post("/settings/messages/cancellation/", {"subject": "Sorry", "body": "No {event_type} on {time}"})

    assert wrong.status_code == 422
    assert "There is no variable {link}" in wrong.content.decode()
    assert fine.status_code == 302
