"""Making, withdrawing and listing booking links."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import requests
from django.test import Client
from django.utils import timezone

from candidates.models import Candidate
from scheduling.models import BookingLink, Connection, EventType, Interview, LinkClaim
from scheduling.queries import links
from scheduling.services.links import delete_share
from tests.factories import CandidateFactory, LinkFactory, MessageFactory, PositionFactory, make_interview
from tests.sandbox_process import Sandbox
from tests.scheduling.conftest import deliver

OPERATION = "shares.create"
PLAIN = "scheduling_links.create"


@pytest.fixture
def candidate(db: None) -> Candidate:
    return CandidateFactory(name="Zoë Quill", email="zoe@example.com")


@pytest.fixture
def pooled(connection: Connection) -> EventType:
    """Round robin, for which Calendly has no shares."""
    return EventType.objects.get(connection=connection, slug="phone-screen")


def send(client: Client, candidate: Candidate, chosen: EventType, **fields: Any) -> Any:
    data = {"request_key": str(uuid4()), "event_type": chosen.pk, "expires_on": "", **fields}
    return client.post(f"/candidates/{candidate.pk}/links/", data, follow=True)


def test_makes_a_prefilled_single_use_link(
    sandbox: Sandbox, event_type: EventType, alice: Client, candidate: Candidate
) -> None:
    position = PositionFactory()
    candidate.positions.add(position)
    level = event_type.questions.get(text="Level")

    page = send(alice, candidate, event_type, position=position.pk, **{f"answer_{level.pk}": "Senior"})

    link = BookingLink.objects.get()
    query = parse_qs(urlsplit(link.prefilled_url).query)
    assert link.address in page.content.decode()
    assert (link.position, link.created_by.get_username()) == (position, "alice@example.org")  # type: ignore[union-attr]
    assert query == {
        "name": ["Zoë Quill"],
        "email": ["zoe@example.com"],
        "a2": ["2"],
        "utm_source": ["anteroom"],
        "utm_medium": ["booking_link"],
        "utm_content": [link.reference],
    }
    assert link.token not in link.prefilled_url


def test_makes_one_link_when_sent_twice(
    sandbox: Sandbox, event_type: EventType, alice: Client, candidate: Candidate
) -> None:
    key = str(uuid4())

    for _ in range(2):
        send(alice, candidate, event_type, request_key=key)

    assert BookingLink.objects.count() == 1
    assert len(sandbox.requests(OPERATION)) == 1


def test_makes_a_share_of_a_one_on_one_event_type(
    sandbox: Sandbox, event_type: EventType, alice: Client, candidate: Candidate
) -> None:
    send(alice, candidate, event_type)

    link = BookingLink.objects.get()
    assert "/shares/" in link.share_uri
    assert sandbox.requests(PLAIN) == []


def test_makes_a_plain_link_of_other_event_types(
    sandbox: Sandbox, pooled: EventType, alice: Client, candidate: Candidate
) -> None:
    send(alice, candidate, pooled)

    assert BookingLink.objects.get().share_uri == ""
    assert sandbox.requests(OPERATION) == []


@pytest.mark.parametrize("behaviour", ["400", "403", "403_scope", "404"])
def test_makes_a_plain_link_where_shares_are_not_to_be_had(
    sandbox: Sandbox, event_type: EventType, alice: Client, candidate: Candidate, behaviour: str
) -> None:
    sandbox.switch(OPERATION, behaviour)

    send(alice, candidate, event_type)

    assert BookingLink.objects.get().share_uri == ""
    assert len(sandbox.requests(PLAIN)) == 1


def test_offers_a_new_link_for_one_withdrawn_for_good(alice: Client, candidate: Candidate) -> None:
    link = LinkFactory(candidate=candidate)

    page = alice.post(f"/links/{link.pk}/withdraw/", follow=True).content.decode()

    assert "is withdrawn for good" in page
    assert f'<a href="/candidates/{candidate.pk}/?event_type={link.event_type_id}#send">Make a new link</a>' in page


def test_offers_a_reminder_of_what_was_sent_only(alice: Client, candidate: Candidate) -> None:
    link = LinkFactory(candidate=candidate)
    unsent = alice.get(f"/candidates/{candidate.pk}/").content.decode()
    MessageFactory(link=link, candidate=candidate, kind="invitation")

    sent = alice.get(f"/candidates/{candidate.pk}/").content.decode()

    assert ("Send by e-mail" in unsent, "Send reminder" in unsent) == (True, False)
    assert "Send reminder" in sent


def test_withdraws_a_share_at_calendly_too(
    sandbox: Sandbox, event_type: EventType, alice: Client, candidate: Candidate
) -> None:
    send(alice, candidate, event_type)
    link = BookingLink.objects.get()
    alice.post(f"/links/{link.pk}/withdraw/")
    sandbox.switch("shares.delete", "500", times=1)

    for _ in range(2):
        BookingLink.objects.filter(pk=link.pk).exclude(share_delete_due_at=None).update(
            share_delete_due_at=timezone.now()
        )
        delete_share(link.pk)

    link.refresh_from_db()
    assert [request["status"] for request in sandbox.requests("shares.delete")] == [500, 204]
    assert link.share_delete_due_at is None
    assert requests.get(link.booking_url, timeout=10).status_code == 404


def test_withdraws_here_when_the_share_was_booked(
    sandbox: Sandbox, event_type: EventType, alice: Client, candidate: Candidate
) -> None:
    send(alice, candidate, event_type)
    link = BookingLink.objects.get()
    sandbox.book(booking_url=link.booking_url)
    alice.post(f"/links/{link.pk}/withdraw/")

    delete_share(link.pk)

    link.refresh_from_db()
    assert (link.withdrawn_at is not None, link.share_delete_due_at) == (True, None)


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("401", "no longer accepts our connection"),
        ("403", "needs a paid plan"),
        ("403_scope", "lacks scheduled_events:write"),
        ("404", "does not know this any more"),
        ("409", "exists already"),
        ("424", "cannot read the interviewer"),
        ("429", "slow down"),
        ("500", "may or may not have done it"),
        ("html", "may or may not have done it"),
        ("cut", "may or may not have done it"),
    ],
)
def test_saves_nothing_and_says_what_to_do_when_calendly_fails(
    sandbox: Sandbox, pooled: EventType, alice: Client, candidate: Candidate, behaviour: str, words: str
) -> None:
    sandbox.switch(PLAIN, behaviour)

    page = send(alice, candidate, pooled).content.decode()

    assert "No link was made." in page
    assert words in page
    assert (BookingLink.objects.count(), LinkClaim.objects.count()) == (0, 0)


def test_renews_a_refused_token_and_goes_on(
    sandbox: Sandbox, event_type: EventType, alice: Client, candidate: Candidate
) -> None:
    sandbox.switch(OPERATION, "401", times=1)

    send(alice, candidate, event_type)

    assert BookingLink.objects.count() == 1
    assert [request["status"] for request in sandbox.requests("oauth.token")] == [200]


def test_asks_to_reconnect_when_the_grant_is_lost(
    sandbox: Sandbox, event_type: EventType, connection: Connection, alice: Client, candidate: Candidate
) -> None:
    Connection.objects.update(refresh_token="spent", expires_at=timezone.now())
    connection.refresh_from_db()
    connection.refresh_token = "spent"
    connection.save()

    page = send(alice, candidate, event_type).content.decode()

    connection.refresh_from_db()
    assert connection.state == Connection.State.NEEDS_RECONNECT
    assert "Reconnect it under Settings" in page
    assert "Calendly needs reconnecting" in alice.get("/").content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"event_type": "999999"}, "no longer offered"),
        ({"expires_on": "2020-01-01"}, "This day is over"),
        ({"expires_on": "2031-01-01"}, "90 days at most"),
        ({"expires_on": "soon"}, "Enter a valid date"),
    ],
)
def test_shows_what_is_wrong_beside_the_field(
    sandbox: Sandbox, event_type: EventType, alice: Client, candidate: Candidate, fields: dict[str, str], words: str
) -> None:
    response = send(alice, candidate, event_type, **fields)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert BookingLink.objects.count() == 0


def test_does_nothing_while_not_connected(alice: Client, candidate: Candidate) -> None:
    response = alice.post(f"/candidates/{candidate.pk}/links/", {"request_key": uuid4()}, follow=True)

    assert "Calendly is not connected" in response.content.decode()


def test_not_for_charlie(charlie: Client, candidate: Candidate) -> None:
    link = LinkFactory(candidate=candidate)

    assert charlie.post(f"/candidates/{candidate.pk}/links/").status_code == 403
    assert charlie.post(f"/links/{link.pk}/withdraw/").status_code == 403


def test_withdraws_a_link(alice: Client, candidate: Candidate) -> None:
    link = LinkFactory(candidate=candidate)

    response = alice.post(f"/links/{link.pk}/withdraw/", {"next": "https://example.com/"})

    link.refresh_from_db()
    assert link.withdrawn_at is not None
    assert response["Location"] == f"/candidates/{candidate.pk}/"
    assert "no longer leads to a booking" in Client().get(link.get_absolute_url()).content.decode()


def test_books_through_the_link(sandbox: Sandbox, event_type: EventType, alice: Client, candidate: Candidate) -> None:
    send(alice, candidate, event_type)
    link = BookingLink.objects.get()

    sandbox.book(booking_url=link.booking_url, email="other@example.com", tracking={"utm_content": link.reference})
    deliver(sandbox)

    interview = Interview.objects.get()
    assert (interview.link, interview.candidate) == (link, candidate)
    assert "Booked" in alice.get(f"/candidates/{candidate.pk}/").content.decode()


def test_derives_the_state_of_a_link(db: None) -> None:
    now = timezone.now()
    booked = LinkFactory()
    make_interview(booked.candidate, link=booked)
    canceled = LinkFactory()
    make_interview(canceled.candidate, link=canceled, canceled=True)
    expected = {
        LinkFactory().pk: "invited",
        LinkFactory(opened_at=now).pk: "opened",
        LinkFactory(expires_at=now - timedelta(hours=1)).pk: "expired",
        LinkFactory(withdrawn_at=now, expires_at=now - timedelta(hours=1)).pk: "withdrawn",
        booked.pk: "booked",
        canceled.pk: "canceled",
    }

    assert {link.pk: link.state for link in links.with_state(BookingLink.objects.all(), now)} == expected


def test_lists_links_by_state_and_search(alice: Client) -> None:
    LinkFactory(candidate=CandidateFactory(name="Ann Opened"), opened_at=timezone.now())
    LinkFactory(candidate=CandidateFactory(name="Ben Sent"))

    def shown(query: str) -> tuple[bool, bool]:
        page = alice.get(f"/links/{query}").content.decode()
        return "Ann Opened" in page, "Ben Sent" in page

    assert shown("") == (True, True)
    assert shown("?state=opened") == (True, False)
    assert shown("?q=ben") == (False, True)
    assert shown("?state=nonsense&event_type=x&rows=7&page=99") == (True, True)
