"""Pages by where the last one ended: every row once in both directions, whatever comes in between."""

from datetime import timedelta
from html import unescape
from re import findall
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from candidates.models import Candidate
from scheduling.models import BookingLink, Interview
from scheduling.queries import keyset, volume
from scheduling.queries.orders import Key, cursor
from scheduling.queries.tables import CANDIDATE_SORTS, INTERVIEW_SORTS, LINK_SORTS
from scheduling.services import standings
from tests.factories import CandidateFactory, EventTypeFactory, LinkFactory, make_interview

pytestmark = [pytest.mark.django_db, pytest.mark.databases]


def names(client: Client, address: str) -> list[str]:
    page = client.get(address).content.decode()
    return findall(r'<td[^>]* data-label="Candidate">.*?class="person__name"[^>]*>([^<]*)', page)


def neighbour(client: Client, address: str, rel: str) -> str | None:
    """The address of the page after or before this one."""
    found = findall(rf'href="([^"]*)" rel="{rel}"', client.get(address).content.decode())
    return f"{urlsplit(address).path}{unescape(found[0])}" if found else None


def walk(client: Client, address: str, rel: str) -> list[list[str]]:
    pages, place = [names(client, address)], neighbour(client, address, rel)
    while place is not None:
        pages.append(names(client, place))
        place = neighbour(client, place, rel)
    return pages


def rows_of(client: Client, address: str, *, rel: str = "next", turned: bool = False) -> list[str]:
    """What marks each row of all pages from here on; `turned`, of the last page first."""
    pages: list[list[str]] = []
    place: str | None = address
    while place is not None:
        pages.append(findall(r'data-row="([^"]*)"', client.get(place).content.decode()))
        place = neighbour(client, place, rel)
    return flat(pages[::-1] if turned else pages)


def flat(pages: list[list[str]]) -> list[str]:
    return [row for page in pages for row in page]


def last_page(client: Client, address: str) -> str:
    place = address
    while (onward := neighbour(client, place, "next")) is not None:
        place = onward
    return place


@pytest.mark.parametrize("sort", ["", "name", "-name", "next", "-next", "added", "-added"])
def test_shows_every_row_once_in_both_directions(alice: Client, sort: str) -> None:
    for number in range(60):
        candidate = CandidateFactory(name=f"Candidate {number % 7}")
        if number % 3:
            make_interview(candidate, starts_in=timedelta(days=number % 5 + 1))
    address = f"/candidates/?sort={sort}"

    onward = walk(alice, address, "next")
    back = walk(alice, last_page(alice, address), "prev")

    assert [len(page) for page in onward] == [25, 25, 10]
    assert sorted(flat(onward)) == sorted(Candidate.objects.values_list("name", flat=True))
    # Going back begins with the last rows and ends with the first page, whole.
    assert back[-1] == onward[0]
    assert flat(back[::-1])[-35:] == flat(onward)[-35:]


@pytest.mark.parametrize("are_due", [True, False])
@pytest.mark.parametrize("sort", ["name", "-name", "next", "-next", "added", "-added"])
def test_shows_found_rows_in_their_order_whether_or_not_their_notes_are_due(
    alice: Client, sort: str, *, are_due: bool
) -> None:
    for number in range(60):
        candidate = CandidateFactory(name=f"Candidate {number % 7}")
        if number % 2:
            make_interview(candidate, starts_in=timedelta(days=number % 5 + 1))
    if not are_due:
        standings.refresh(candidates=Candidate.objects.values_list("pk", flat=True))
    everybody = walk(alice, f"/candidates/?sort={sort}", "next")
    booked = walk(alice, f"/candidates/?sort={sort}&state=booked", "next")

    found = walk(alice, f"/candidates/?sort={sort}&q=candidate", "next")
    found_booked = walk(alice, f"/candidates/?sort={sort}&q=candidate&state=booked", "next")

    assert found == everybody
    assert found_booked == booked
    assert len(flat(booked)) == 30


@pytest.mark.parametrize("path", ["/links/?sort=made", "/links/?sort=-expires", "/links/?sort=candidate"])
def test_goes_through_links_in_every_order(alice: Client, path: str) -> None:
    event_type = EventTypeFactory()
    for number in range(30):
        soon = timezone.now() + timedelta(days=number)
        LinkFactory(event_type=event_type, expires_at=soon if number % 2 else None)

    pages = walk(alice, path, "next")

    assert [len(page) for page in pages] == [25, 5]
    assert len(set(flat(pages))) == 30


@pytest.mark.parametrize("sort", ["", "-starts", "starts", "candidate", "-candidate", "interview"])
def test_goes_through_interviews_in_every_order(alice: Client, sort: str) -> None:
    for number in range(28):
        make_interview(CandidateFactory() if number % 4 else None, starts_in=timedelta(hours=number - 10))
    Interview.objects.filter(pk__in=Interview.objects.values("pk")[:3]).update(starts_at=None)

    pages = walk(alice, f"/interviews/?view=all&sort={sort}", "next")

    assert [len(page) for page in pages] == [25, 3]


@pytest.mark.parametrize("path", ["/interviews/?view=all", "/interviews/?view=canceled", "/links/?"])
@pytest.mark.parametrize("sort", ["candidate", "-candidate"])
def test_orders_many_by_whose_they_are_as_it_does_few(
    alice: Client, monkeypatch: pytest.MonkeyPatch, path: str, sort: str
) -> None:
    link = LinkFactory()
    for number in range(70):
        candidate = CandidateFactory(name=f"Candidate {number % 4}") if number % 5 else None
        make_interview(candidate, starts_in=timedelta(hours=number - 30), canceled=bool(number % 9))
        if candidate is not None:
            LinkFactory(candidate=candidate, event_type=link.event_type)
    address = f"{path}&sort={sort}"
    few = rows_of(alice, address)

    monkeypatch.setattr(keyset, "MOST_COUNTED", 10)

    assert len(few) > 50
    assert rows_of(alice, address) == few
    assert rows_of(alice, last_page(alice, address), rel="prev", turned=True) == few


@pytest.mark.parametrize(
    "asked", ["q=quill", "q=ann+quill", "q=qu", "mine=1", "mine=1&q=quill", "view=canceled&q=quill"]
)
@pytest.mark.parametrize("sort", ["candidate", "-candidate"])
def test_orders_many_who_are_narrowed_as_it_does_few(
    alice: Client, recruiter: User, monkeypatch: pytest.MonkeyPatch, asked: str, sort: str
) -> None:
    for number in range(90):
        name = "Ann Quill" if number % 3 else f"Bo {number % 4}"
        candidate = CandidateFactory(name=name, owner=recruiter if number % 2 else None)
        link = LinkFactory(candidate=candidate, created_by=recruiter if number % 5 else None)
        make_interview(candidate, link=link, starts_in=timedelta(hours=number - 30), canceled=bool(number % 9))
    # Found by what their bookings say: one of somebody who has another name here, one of nobody's.
    booked_as: dict[str, Any] = {"invitee_name": "Ann Quill", "invitee_email": "x@example.net"}
    make_interview(CandidateFactory(name="Bo 2", owner=recruiter), canceled=True, **booked_as)
    make_interview(None, canceled=True, **booked_as)
    address = f"/interviews/?view=all&{asked}&sort={sort}"
    few = rows_of(alice, address)

    monkeypatch.setattr(volume, "FEW", 3)
    monkeypatch.setattr(keyset, "MOST_COUNTED", 10)

    assert 30 < len(few) < 90
    assert rows_of(alice, address) == few
    assert rows_of(alice, last_page(alice, address), rel="prev", turned=True) == few


@pytest.mark.parametrize("path", ["/interviews/?view=all&sort=candidate", "/links/?sort=-candidate"])
def test_asks_as_often_for_many_as_for_few(alice: Client, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    for _ in range(30):
        make_interview((link := LinkFactory()).candidate, link=link)
    alice.get(path)
    with CaptureQueriesContext(connection) as of_few:
        alice.get(path)
    asked = len(of_few)

    monkeypatch.setattr(keyset, "MOST_COUNTED", 10)
    with CaptureQueriesContext(connection) as of_many:
        alice.get(path)

    assert len(of_many) == asked <= 12


def test_puts_who_has_no_next_interview_last(alice: Client) -> None:
    CandidateFactory(name="Nobody")
    make_interview(CandidateFactory(name="Late"), starts_in=timedelta(days=9))
    make_interview(CandidateFactory(name="Soon"), starts_in=timedelta(days=1))

    assert names(alice, "/candidates/?sort=next") == ["Soon", "Late", "Nobody"]
    assert names(alice, "/candidates/?sort=-next") == ["Late", "Soon", "Nobody"]


def test_orders_names_as_people_do(alice: Client) -> None:
    # In the order of bytes, as SQLite and some collations have text, small letters and accents would come last.
    in_order = [
        "“Abe” Stone",
        "ann lee",
        "Ann Moor",
        "de Vries",
        "Émile Zola",
        "Frank",
        "Ólafur",
        "Owen",
        "van Dijk",
        "Zoe",
    ]
    for name in reversed(in_order):
        LinkFactory(candidate=CandidateFactory(name=name))

    assert names(alice, "/candidates/") == in_order
    assert names(alice, "/candidates/?sort=-name") == in_order[::-1]
    linked = rows_of(alice, "/links/?sort=candidate")
    assert linked == [f"link-{pk}" for pk in BookingLink.objects.order_by("-pk").values_list("pk", flat=True)]


def test_keeps_the_order_when_a_name_changes(alice: Client) -> None:
    first, _ = CandidateFactory(name="Ann"), CandidateFactory(name="Ben")

    alice.post(f"/candidates/{first.pk}/edit/", {"name": "Zoe", "email": first.email, "timezone": ""})

    assert names(alice, "/candidates/") == ["Ben", "Zoe"]


def test_neither_repeats_nor_skips_when_somebody_is_added_before(alice: Client) -> None:
    for number in range(30):
        CandidateFactory(name=f"Candidate {number:02}")
    onward = neighbour(alice, "/candidates/", "next")
    CandidateFactory(name="Aaron First")

    assert onward is not None
    assert names(alice, onward) == [f"Candidate {number:02}" for number in range(25, 30)]


def test_shows_the_nearest_rows_when_those_behind_the_place_are_gone(alice: Client) -> None:
    for number in range(30):
        CandidateFactory(name=f"Candidate {number:02}")
    onward = neighbour(alice, "/candidates/", "next")
    Candidate.objects.filter(name__gte="Candidate 25").delete()

    assert onward is not None
    assert len(names(alice, onward)) == 25


@pytest.mark.parametrize("text", ["x", "x:y", "W10:x:y", "%00", "a" * 3000])
@pytest.mark.parametrize("name", ["after", "before"])
def test_tells_that_a_place_is_none(alice: Client, name: str, text: str) -> None:
    CandidateFactory(name="Ann")

    response = alice.get(f"/candidates/?{name}={text}")

    assert response.status_code == 200
    assert "<code>the place in the list</code>" in response.content.decode()
    assert "Ann" in response.content.decode()


def test_takes_no_place_of_another_order(alice: Client) -> None:
    for _ in range(30):
        CandidateFactory()
    onward = neighbour(alice, "/candidates/", "next") or ""
    place = parse_qs(urlsplit(onward).query)["after"][0]

    page = alice.get("/candidates/", {"after": place, "sort": "-added"}).content.decode()

    assert "the place in the list" in page


def test_counts_no_further_than_a_bound(alice: Client) -> None:
    Candidate.objects.bulk_create(
        Candidate(name=f"C {number}", email=f"c{number}@example.com") for number in range(keyset.MOST_COUNTED + 5)
    )

    assert "25 of 1,000+ candidates" in alice.get("/candidates/").content.decode()


def test_counts_exactly_below_it(alice: Client) -> None:
    for _ in range(30):
        CandidateFactory()

    assert "25 of 30 candidates" in alice.get("/candidates/").content.decode()


@pytest.mark.parametrize("order", [*CANDIDATE_SORTS.values(), *LINK_SORTS.values(), *INTERVIEW_SORTS.values()])
def test_ends_every_order_with_what_is_unique(order: list[Key]) -> None:
    assert order[-1].field == "pk"


def test_asks_an_index_to_begin_at_the_place(db: None) -> None:
    for _ in range(3):
        CandidateFactory()
    order = [Key("name"), Key("pk")]
    first = Candidate.objects.order_by("name").first()
    assert first is not None

    with CaptureQueriesContext(connection) as captured:
        keyset.slice_of(
            keyset.Listed(Candidate.objects.all()),
            order,
            cursors={"after": cursor(first, order)},
            size=1,
            dressed=lambda ids: [],
        )

    assert '"name" >= ' in captured.captured_queries[0]["sql"]


def test_says_how_the_table_is_ordered(alice: Client) -> None:
    CandidateFactory()

    page = alice.get("/candidates/?sort=-name").content.decode()

    assert page.count('aria-sort="descending"') == 1
    assert "aria-sort" in alice.get("/candidates/").content.decode()
    assert 'href="?sort=next"' in alice.get("/candidates/").content.decode()
