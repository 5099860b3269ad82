"""Search over everything: what it finds, for whom, at what cost, and that odd input stays harmless."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from scheduling.queries import acts, search
from tests.factories import CandidateFactory, ConnectionFactory, LinkFactory, make_interview, make_user
from tests.scheduling.conftest import signed_in

pytestmark = pytest.mark.databases

JSON = {"accept": "application/json"}
# The session, the user, their permissions (two) and their preference are asked of every view.
SIGNED_IN = 5


def find(client: Client, text: str) -> dict[str, list[dict[str, str]]]:
    """Each kind's results, as the palette gets them."""
    response = client.get("/search/", {"q": text}, headers=JSON)
    assert response.status_code == 200
    return {group["label"]: group["results"] for group in response.json()["groups"]}


def titles(client: Client, text: str, label: str) -> list[str]:
    return [result["title"] for result in find(client, text).get(label, [])]


@pytest.mark.parametrize("text", ["z", "zoë", "quill zoë", "ZOE@", "30 123", "030123456", "+49 (30) 12"])
def test_finds_people_by_name_address_and_digits(alice: Client, text: str) -> None:
    candidate = CandidateFactory(name="Zoë Quill", email="zoe@example.org", phone="+4930123456")
    CandidateFactory(name="Somebody Else", email="nobody@example.org")

    results = find(alice, text)["People"]

    assert results == [
        {
            "title": "Zoë Quill",
            "more": "zoe@example.org · +49 30 123456",
            "address": f"/candidates/{candidate.pk}/",
        }
    ]


def test_names_those_first_whose_name_begins_so_and_the_archive_last(alice: Client) -> None:
    CandidateFactory(name="Ann Adams", archived_at=timezone.now())
    CandidateFactory(name="Zett Ann")
    CandidateFactory(name="Ann Zett")

    assert titles(alice, "ann", "People") == ["Ann Zett", "Zett Ann", "Ann Adams"]


def test_finds_interviews_the_next_one_first(alice: Client) -> None:
    candidate = CandidateFactory(name="Zoë Quill")
    later = make_interview(candidate, starts_in=timedelta(days=9))
    past = make_interview(candidate, starts_in=-timedelta(days=9))
    soon = make_interview(candidate, starts_in=timedelta(days=2))
    make_interview(invitee_name="Zoë Unmatched", starts_in=-timedelta(days=20))

    results = find(alice, "zoë")["Interviews"]

    assert [result["address"] for result in results[:3]] == [f"/interviews/{row.pk}/" for row in (soon, later, past)]
    assert results[3]["title"] == "Zoë Unmatched"
    assert "Technical interview · " in results[0]["more"]
    assert "UTC · Booked" in results[0]["more"]


def test_finds_links_that_are_open(alice: Client) -> None:
    candidate = CandidateFactory(name="Zoë Quill")
    link = LinkFactory(candidate=candidate)
    LinkFactory(candidate=candidate, event_type=link.event_type, withdrawn_at=timezone.now())
    LinkFactory(candidate=candidate, event_type=link.event_type, expires_at=timezone.now() - timedelta(hours=1))

    results = find(alice, "quill tech")["Open links"]

    assert [result["address"] for result in results] == [f"/candidates/{candidate.pk}/?link={link.pk}"]
    assert results[0]["more"] == "Technical interview · sent"


@pytest.mark.parametrize("text", ["zoë", "send zoë", "send a link to zoë", "Invite Zoë"])
def test_offers_to_send_a_link_to_whom_it_finds(alice: Client, text: str) -> None:
    ConnectionFactory()
    candidate = CandidateFactory(name="Zoë Quill")

    offered = find(alice, text)["Acts"][0]

    assert (offered["title"], offered["address"]) == ("Send a link to Zoë Quill", f"/candidates/{candidate.pk}/#send")


def test_offers_no_link_to_the_archive_or_without_a_connection(alice: Client) -> None:
    candidate = CandidateFactory(name="Zoë Quill")
    assert "Acts" not in find(alice, "zoë")

    ConnectionFactory()
    candidate.archived_at = timezone.now()
    candidate.save()

    assert "Acts" not in find(alice, "zoë")


@pytest.mark.parametrize(
    ("text", "first"), [("add", "Add candidate"), ("csv", "Import candidates"), ("go li", "Go to Links")]
)
def test_finds_acts_by_what_they_are_called(alice: Client, text: str, first: str) -> None:
    assert titles(alice, text, "Acts")[0] == first


def test_leads_only_where_something_is(bob: Client) -> None:
    assert [bob.get(act.address).status_code for act in acts.ACTS] == [200] * len(acts.ACTS)


def test_offers_acts_before_anything_is_typed(alice: Client) -> None:
    assert list(find(alice, "")) == ["Acts"]


def test_not_for_charlie(charlie: Client) -> None:
    ConnectionFactory()
    CandidateFactory(name="Addison Zett")

    assert titles(charlie, "add", "People") == ["Addison Zett"]
    assert titles(charlie, "add", "Acts") == []
    assert titles(charlie, "deliveries", "Acts") == []
    assert titles(charlie, "go candidates", "Acts") == ["Go to Candidates"]


def test_tells_nothing_to_somebody_without_a_role(db: None) -> None:
    candidate = CandidateFactory(name="Zoë Quill")
    LinkFactory(candidate=candidate)
    make_interview(candidate)

    nobody = signed_in(make_user("dora", None))

    assert find(nobody, "quill") == {}
    assert "Zoë" not in nobody.get("/search/?q=quill").content.decode()


def test_asks_strangers_to_sign_in(db: None) -> None:
    response = Client().get("/search/?q=z", headers=JSON)

    assert response["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("text", ["pair programming", "zoë pair programming", "programming", "PAIR zoë"])
def test_finds_a_kind_of_interview_by_words_side_by_side(alice: Client, text: str) -> None:
    meant = make_interview(CandidateFactory(name="Zoë Quill"))
    other = make_interview(CandidateFactory(name="Zoë Other"))
    meant.event_type, other.event_type = (
        LinkFactory(event_type__name=name).event_type for name in ("Pair programming", "Call")
    )
    meant.save()
    other.save()

    results = find(alice, text)["Interviews"]

    assert [result["title"] for result in results] == ["Zoë Quill"]


def test_costs_seven_queries_whatever_it_finds(
    alice: Client, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    event_type = LinkFactory().event_type
    for number in range(12):
        candidate = CandidateFactory(name=f"Zoë {number}")
        LinkFactory(candidate=candidate, event_type=event_type)
        make_interview(candidate)

    with django_assert_max_num_queries(SIGNED_IN + 7):
        groups = find(alice, "zoë")

    assert {label: len(results) for label, results in groups.items()} == {
        "People": 8,
        "Interviews": 8,
        "Open links": 8,
        "Acts": 3,
    }


@pytest.mark.parametrize(
    "text",
    ["\0", "%", "_", "'; DROP TABLE candidates; --", "(", "\\", "²³¹", "x" * 5000, "y " * 3000, "\u202e", "٣٣٣٣", "🚀"],
)
def test_survives_odd_texts(alice: Client, text: str) -> None:
    CandidateFactory(name="Zoë Quill")

    assert titles(alice, text, "People") == []
    assert alice.get("/search/", {"q": text}).status_code == 200


def test_escapes_what_it_found_on_the_page(alice: Client) -> None:
    CandidateFactory(name="<script>alert(1)</script> Zoë")

    page = alice.get("/search/", {"q": "<script>alert(1)"}).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Zoë" in page


def test_shows_a_page_without_javascript(alice: Client) -> None:
    candidate = CandidateFactory(name="Zoë Quill")

    response = alice.get("/search/?q=zoë")
    page = response.content.decode()

    assert "1 result for “zoë”" in page
    assert f'<a class="person__name" href="/candidates/{candidate.pk}/">Zoë Quill</a>' in page
    assert "Accept" in response["Vary"]
    assert "Nothing matches" in alice.get("/search/?q=nobody-has-this-name").content.decode()


def test_leads_the_top_bar_here(alice: Client) -> None:
    page = alice.get("/links/").content.decode()

    assert '<form class="search" role="search" aria-label="Everywhere" action="/search/">' in page


def test_tidies_what_is_looked_for() -> None:
    assert search.tidy("  Zoë \0\n Quill ") == "Zoë Quill"
    assert len(search.tidy("x" * 999)) == search.LONGEST
    assert search.tidy("x " * 999) == " ".join("x" * search.MOST_WORDS)
