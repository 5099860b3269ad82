"""What a first visit costs: everything a page loads, as it travels, and all of it from here."""

import gzip
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests.factories import CandidateFactory, LinkFactory, make_interview

pytestmark = pytest.mark.django_db
LIMIT = 60 * 1024
ROWS = 50
LOADED = re.compile(
    r"""(?:<script[^>]*src|<link[^>]*rel="(?:stylesheet|icon|modulepreload)"[^>]*href|<img[^>]*src)="([^"]+)"""
)
IMPORTED = re.compile(r"""(?:import|from)\s*\(?["']\./([\w.-]+)["']""")


@pytest.fixture
def full_desk(db: None) -> None:
    """More than a page of everything."""
    for number in range(ROWS + 5):
        candidate = CandidateFactory(name=f"Candidate with a longer name {number}")
        make_interview(candidate, starts_in=timedelta(hours=number - 10), link=LinkFactory(candidate=candidate))


@pytest.mark.parametrize("path", ["/", "/candidates/", "/interviews/", "/interviews/?layout=week&view=all", "/links/"])
def test_loads_little(alice: Client, full_desk: None, path: str) -> None:
    address = f"{path}{'&' if '?' in path else '?'}rows={ROWS}"

    answer = alice.get(address, headers={"accept-encoding": "gzip"})

    page = gzip.decompress(answer.content).decode()
    assert len(answer.content) + sum(map(compressed, assets(page))) < LIMIT


def test_loads_nothing_from_elsewhere(alice: Client, full_desk: None) -> None:
    found = LOADED.findall(alice.get("/").content.decode())

    assert found
    assert [address for address in found if urlsplit(address).netloc] == []


def assets(page: str) -> set[str]:
    """The static files a page loads, with the modules those import."""
    found = {urlsplit(address).path.removeprefix("/static/") for address in LOADED.findall(page)}
    for name in [name for name in found if name.endswith(".js")]:
        folder = name.rpartition("/")[0]
        found |= {f"{folder}/{other}" for other in IMPORTED.findall(content(name).decode())}
    return found


def content(name: str) -> bytes:
    path = finders.find(name)
    assert path is not None, name
    with open(path, "rb") as file:
        return file.read()


def compressed(name: str) -> int:
    return len(gzip.compress(content(name)))
