"""What an address asks of a table, whatever it asks."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

LISTS = ["/candidates/", "/interviews/", "/links/"]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("query", "shown"),
    [("sorting=name", "sorting=name"), ("<b>=1", "&lt;b&gt;=1"), ("x" * 100 + "=1", "x" * 40), ("rows=7", "rows=7")],
)
def test_says_what_it_does_not_know(alice: Client, path: str, query: str, shown: str) -> None:
    page = alice.get(f"{path}?{query}")

    assert page.status_code == 200
    assert "Not known here, so left out" in page.content.decode()
    assert shown in page.content.decode()


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/candidates/", "state=booked&sort=-name&mine=1&q=ann&saved=none&rows=50&archived=1&position="),
        ("/interviews/", "view=past&outcome=held&mine=1&sort=-candidate&q=ann&layout=week&week=2026-W48"),
        ("/interviews/", "view=all&starts=8w&booked=7d"),
        ("/links/", "state=expired&mine=1&q=ann&sort=expires"),
        ("/links/", "state=waiting&q=ann"),
    ],
)
def test_says_nothing_about_what_it_knows(alice: Client, path: str, query: str) -> None:
    assert "Not known here" not in alice.get(f"{path}?{query}").content.decode()


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/candidates/", "state=x"),
        ("/candidates/", "sort=x"),
        ("/candidates/", "tag=7"),
        ("/candidates/", "layout=x"),
        ("/links/", "state=x"),
        ("/links/", "event_type=99999999999999999999"),
        ("/interviews/", "interviewers=x"),
        ("/interviews/", "starts=9w"),
        ("/interviews/", "booked=-1d"),
    ],
)
def test_leaves_out_a_value_it_does_not_know(alice: Client, path: str, query: str) -> None:
    assert f"<code>{query}</code>" in alice.get(f"{path}?{query}").content.decode()
