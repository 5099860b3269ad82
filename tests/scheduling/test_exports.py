"""Lists to take away."""

import csv
import io
import json
from collections.abc import Iterable

import pytest
from django.test import Client

from tests.factories import CandidateFactory, LinkFactory, make_interview

pytestmark = pytest.mark.django_db


def taken(client: Client, address: str, **query: str) -> list[dict[str, str]]:
    response = client.get(address, query)
    assert response.status_code == 200
    streamed: Iterable[bytes] = response.streaming_content  # type: ignore[attr-defined]  # it streams
    body = b"".join(streamed).decode("utf-8-sig")
    if address.endswith("json"):
        rows: list[dict[str, str]] = json.loads(body)
        return rows
    return list(csv.DictReader(io.StringIO(body)))


@pytest.mark.parametrize("form", ["csv", "json"])
def test_takes_exactly_what_the_filter_shows(alice: Client, form: str) -> None:
    CandidateFactory(name="Zoë Quill", email="zoe@example.com")
    CandidateFactory(name="Ann Applicant")

    rows = taken(alice, f"/candidates/export.{form}", q="zoë")

    assert [(row["name"], row["email"], row["state"]) for row in rows] == [
        ("Zoë Quill", "zoe@example.com", "to_invite")
    ]


@pytest.mark.parametrize("form", ["csv", "json"])
def test_takes_interviews_and_links(alice: Client, form: str) -> None:
    link = LinkFactory()
    make_interview(link.candidate, link=link)

    (interview,) = taken(alice, f"/interviews/export.{form}", view="all")
    (booked,) = taken(alice, f"/links/export.{form}")

    assert interview["starts"].endswith("+00:00")
    assert (interview["candidate"], booked["state"]) == (link.candidate.name, "booked")


@pytest.mark.parametrize("path", ["/candidates/export.csv", "/links/export.json", "/interviews/export.csv"])
def test_takes_nothing_when_a_part_of_the_filter_is_not_known(alice: Client, path: str) -> None:
    make_interview(CandidateFactory())

    response = alice.get(path, {"position": "99999", "q": "Ann"})

    page = response.content.decode()
    assert response.status_code == 400
    assert "<code>position=99999</code>" in page
    assert "?q=Ann" in page


def test_writes_times_in_the_viewers_zone(alice: Client) -> None:
    alice.cookies["zone"] = "Asia/Kathmandu"
    make_interview(CandidateFactory())

    (row,) = taken(alice, "/interviews/export.csv", view="all")

    assert row["starts"].endswith("+05:45")


@pytest.mark.parametrize("name", ["=cmd()", "+1", "-1", "@x", "\t=1", 'a,"b"\nc', "🙂" * 50])
def test_gives_a_spreadsheet_nothing_to_run(alice: Client, name: str) -> None:
    CandidateFactory(name=name)

    (row,) = taken(alice, "/candidates/export.csv")

    assert row["name"].lstrip("'") == name
    assert row["name"][0] not in "=+-@\t"


def test_streams_long_lists_in_a_fixed_number_of_queries(
    alice: Client, django_assert_max_num_queries: "pytest.FixtureRequest"
) -> None:
    for _ in range(30):
        CandidateFactory()

    with django_assert_max_num_queries(8):  # type: ignore[operator]  # a context manager
        assert len(taken(alice, "/candidates/export.csv")) == 30


def test_knows_two_forms(alice: Client) -> None:
    assert alice.get("/candidates/export.xml").status_code == 404


@pytest.mark.parametrize("path", ["/candidates/export.csv", "/interviews/export.csv", "/links/export.csv"])
def test_needs_a_sign_in(path: str) -> None:
    assert Client().get(path).status_code == 302
