"""The candidate's page: always the current truth."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from scheduling.models import BookingLink
from tests.factories import CandidateFactory, LinkFactory, make_interview, make_user

NOW = timezone.now


@pytest.fixture
def link(db: None) -> BookingLink:
    maker = make_user("alice", "Recruiter")
    return LinkFactory(candidate=CandidateFactory(name="Zoë Quill"), created_by=maker)


def read(link: BookingLink, client: Client | None = None) -> str:
    response = (client or Client()).get(link.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def test_invites_to_book(link: BookingLink) -> None:
    page = read(link)

    assert "Choose a time" in page
    assert "45 minutes" in page
    assert link.prefilled_url not in page


def test_leads_on_to_calendly_and_notes_it(link: BookingLink) -> None:
    response = Client().get(f"/b/{link.token}/continue/")

    link.refresh_from_db()
    assert response["Location"] == link.prefilled_url
    assert link.opened_at is not None


def test_does_not_take_a_scanners_look_for_opening(link: BookingLink) -> None:
    read(link)
    Client().head(f"/b/{link.token}/continue/")

    link.refresh_from_db()
    assert link.opened_at is None


def test_notes_the_opening_once(link: BookingLink) -> None:
    for _ in range(2):
        assert Client().post(f"/b/{link.token}/opened/").status_code == 204

    assert link.timeline.filter(kind="link_opened").count() == 1


def test_tells_the_time_in_the_visitors_zone(link: BookingLink) -> None:
    starts_at = datetime(2027, 1, 14, 9, 0, tzinfo=UTC)
    make_interview(link.candidate, link=link, starts_in=starts_at - NOW(), reschedule_url="https://calendly.com/r/1")
    client = Client()
    client.cookies["zone"] = "Asia/Kathmandu"

    page = read(link, client)

    assert "Thu 14 Jan 2027, 14:4" in page
    assert "UTC+5:45" in page
    assert "Change the time" in page


def test_tells_who_to_ask_after_a_cancellation(link: BookingLink) -> None:
    make_interview(link.candidate, link=link, canceled=True)

    page = read(link)

    assert "This interview is canceled" in page
    assert "alice@example.org" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"expires_at": NOW() - timedelta(hours=1)}, "has run out"),
        ({"withdrawn_at": NOW()}, "no longer leads to a booking"),
    ],
)
def test_stays_true_after_its_end(link: BookingLink, changes: dict[str, object], words: str) -> None:
    BookingLink.objects.update(**changes)

    assert words in read(link)
    assert Client().get(f"/b/{link.token}/continue/")["Location"] == link.get_absolute_url()


def test_closes_with_the_candidates_file(link: BookingLink) -> None:
    type(link.candidate).objects.update(archived_at=NOW())

    assert "no longer leads to a booking" in read(link)


def test_thanks_when_it_is_over(link: BookingLink) -> None:
    make_interview(link.candidate, link=link, starts_in=-timedelta(days=1))

    assert "Thank you" in read(link)


def test_answers_a_poll_only_when_something_changed(link: BookingLink) -> None:
    address = f"{link.get_absolute_url()}?live=1"
    etag = Client().get(address)["ETag"]

    assert Client().get(address, headers={"if-none-match": etag}).status_code == 304
    make_interview(link.candidate, link=link)
    assert Client().get(address, headers={"if-none-match": etag}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/b/unknown/", "/b/unknown/continue/", "/b/%00/", "/b/..%2f/", "/b/" + "x" * 300 + "/"]
)
def test_gives_one_answer_for_every_unknown_token(db: None, path: str) -> None:
    response = Client().get(path)

    assert response.status_code == 404
    assert "This link leads nowhere" in response.content.decode()


def test_slows_down_guessing(db: None) -> None:
    answers = [Client().get(f"/b/guess{number}/").status_code for number in range(35)]

    assert (answers[0], answers[-1]) == (404, 429)


def test_is_kept_from_caches_and_search_engines(link: BookingLink) -> None:
    response = Client().get(link.get_absolute_url())

    assert response["Cache-Control"] == "no-store"
    assert "noindex" in response["X-Robots-Tag"]
    assert response["Referrer-Policy"] == "same-origin"
