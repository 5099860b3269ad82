"""A form that was open while somebody else saved the same row."""

import re

import pytest
from django.test import Client

from candidates.models import Candidate, Position
from scheduling.models import MessageTemplate
from tests.factories import CandidateFactory

KINDS = MessageTemplate.Kind.values


@pytest.fixture
def ann(db: None) -> Candidate:
    return CandidateFactory(name="Ann Applicant", email="ann@example.com")


def opened(client: Client, url: str) -> dict[str, str]:
    """The hidden field of a form as it was opened."""
    found = re.search(r'name="opened_with" value="(\w+)"', client.get(url).content.decode())
    assert found is not None
    return {"opened_with": found[1]}


def test_shows_both_values_and_saves_neither(alice: Client, ann: Candidate) -> None:
    form = opened(alice, f"/candidates/{ann.pk}/edit/")
    Candidate.objects.filter(pk=ann.pk).update(name="Ann Berg")

    answer = alice.post(f"/candidates/{ann.pk}/edit/", {"name": "Ann Cole", "email": ann.email, **form})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody saved “Ann Berg” here meanwhile." in page
    assert 'value="Ann Cole"' in page
    ann.refresh_from_db()
    assert ann.name == "Ann Berg"


def test_takes_what_was_typed_the_second_time(alice: Client, ann: Candidate) -> None:
    form = opened(alice, f"/candidates/{ann.pk}/edit/")
    Candidate.objects.filter(pk=ann.pk).update(name="Ann Berg")
    typed = {"name": "Ann Cole", "email": ann.email}
    refused = alice.post(f"/candidates/{ann.pk}/edit/", {**typed, **form}).content.decode()
    again = re.search(r'name="opened_with" value="(\w+)"', refused)
    assert again is not None

    answer = alice.post(f"/candidates/{ann.pk}/edit/", {**typed, "opened_with": again[1]})

    assert answer.status_code == 302
    ann.refresh_from_db()
    assert ann.name == "Ann Cole"


def test_does_not_mind_what_somebody_else_saved_the_same(alice: Client, ann: Candidate) -> None:
    form = opened(alice, f"/candidates/{ann.pk}/edit/")
    Candidate.objects.filter(pk=ann.pk).update(name="Ann Cole")

    answer = alice.post(f"/candidates/{ann.pk}/edit/", {"name": "Ann Cole", "email": ann.email, **form})

    assert answer.status_code == 302


def test_knows_a_position_that_changed(alice: Client, db: None) -> None:
    position = Position.objects.create(title="Engineer", department="Data")
    form = opened(alice, f"/settings/positions/{position.pk}/edit/")
    Position.objects.filter(pk=position.pk).update(department="")

    answer = alice.post(f"/settings/positions/{position.pk}/edit/", {"title": "Engineer", "department": "R&D", **form})

    assert answer.status_code == 422
    assert "Somebody emptied this meanwhile." in answer.content.decode()


def test_knows_a_template_whose_end_changed(bob: Client) -> None:
    template = MessageTemplate.objects.get(kind="nudge")
    page = bob.get("/settings/messages/").content.decode()
    stamp = re.findall(r'name="opened_with" value="(\w+)"', page)[KINDS.index("nudge")]
    MessageTemplate.objects.filter(pk=template.pk).update(body=f"{template.body}\nBest wishes")
    typed = {"subject": template.subject, "body": f"{template.body}\nMine"}

    answer = bob.post("/settings/messages/nudge/", {**typed, "opened_with": stamp})

    assert answer.status_code == 422
    template.refresh_from_db()
    assert template.body.endswith("Best wishes")
