"""A form that was open while somebody else saved the same row."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from candidates.models import Candidate, Position
from scheduling.models import MessageTemplate
from tests.factories import CandidateFactory, PositionFactory, make_user

KINDS = MessageTemplate.Kind.values


@pytest.fixture
def ann(db: None) -> Candidate:
    return CandidateFactory(name="Ann Applicant", email="ann@example.com")


def opened(client: Client, url: str) -> dict[str, str]:
    """The hidden field of a form as it was opened."""
    found = re.search(r'name="opened_with" value="([^"]+)"', client.get(url).content.decode())
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


def test_keeps_what_each_changed_when_that_is_not_the_same(alice: Client, ann: Candidate) -> None:
    url = f"/candidates/{ann.pk}/edit/"
    form = opened(alice, url)
    owner, position = make_user("dora", "Recruiter"), PositionFactory()
    Candidate.objects.filter(pk=ann.pk).update(phone="+493055501122", owner=owner)
    ann.positions.add(position)

    answer = alice.post(url, {"name": "Ann Cole", "email": ann.email, "phone": "", "owner": "", **form})

    assert answer.status_code == 302
    ann.refresh_from_db()
    assert (ann.name, ann.phone.as_e164, ann.owner) == ("Ann Cole", "+493055501122", owner)
    assert list(ann.positions.all()) == [position]
    assert ann.timeline.get().detail == "name"


def test_asks_only_about_what_both_changed(alice: Client, ann: Candidate) -> None:
    url = f"/candidates/{ann.pk}/edit/"
    form = opened(alice, url)
    Candidate.objects.filter(pk=ann.pk).update(name="Ann Berg", phone="+493055501122")
    typed = {"name": "Ann Cole", "email": "cole@example.com", "phone": "", "timezone": "Europe/Berlin"}

    page = alice.post(url, {**typed, **form}).content.decode()
    again = re.search(r'name="opened_with" value="([^"]+)"', page)
    phone = re.search(r'name="phone" value="([^"]+)"', page)
    assert set(re.findall(r"Somebody [^<]*meanwhile\.", page)) == {"Somebody saved “Ann Berg” here meanwhile."}
    assert again is not None
    assert phone is not None
    alice.post(url, {**typed, "phone": phone[1], "opened_with": again[1]})

    ann.refresh_from_db()
    assert (ann.name, ann.email, ann.timezone) == ("Ann Cole", "cole@example.com", "Europe/Berlin")
    assert ann.phone.as_e164 == "+493055501122"


def test_merges_the_fields_of_a_position(alice: Client, db: None) -> None:
    position = Position.objects.create(title="Engineer", department="Data")
    url = f"/settings/positions/{position.pk}/edit/"
    form = opened(alice, url)
    Position.objects.filter(pk=position.pk).update(location="Berlin")

    alice.post(url, {"title": "Engineer", "department": "R&D", "location": "", **form})

    position.refresh_from_db()
    assert (position.department, position.location) == ("R&D", "Berlin")


def test_shows_both_texts_of_a_note(alice: Client, recruiter: User, ann: Candidate) -> None:
    note = ann.notes.create(author=recruiter, text="Line one\nLine two")
    url = f"/candidates/notes/{note.pk}/edit/"
    form = opened(alice, url)
    ann.notes.update(text="Theirs")

    untouched = alice.post(url, {"text": "Line one\r\nLine two", **form})
    note.refresh_from_db()
    assert (untouched.status_code, note.text) == (302, "Theirs")
    answer = alice.post(url, {"text": "Mine", **form})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody saved “Theirs” here meanwhile." in page
    assert ">\nMine</textarea>" in page
    note.refresh_from_db()
    assert note.text == "Theirs"


def test_takes_what_was_typed_the_second_time(alice: Client, ann: Candidate) -> None:
    form = opened(alice, f"/candidates/{ann.pk}/edit/")
    Candidate.objects.filter(pk=ann.pk).update(name="Ann Berg")
    typed = {"name": "Ann Cole", "email": ann.email}
    refused = alice.post(f"/candidates/{ann.pk}/edit/", {**typed, **form}).content.decode()
    again = re.search(r'name="opened_with" value="([^"]+)"', refused)
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
    stamp = re.findall(r'name="opened_with" value="([^"]+)"', page)[KINDS.index("nudge")]
    MessageTemplate.objects.filter(pk=template.pk).update(body=f"{template.body}\nBest wishes")
    typed = {"subject": template.subject, "body": f"{template.body}\nMine"}

    answer = bob.post("/settings/messages/nudge/", {**typed, "opened_with": stamp})

    assert answer.status_code == 422
    template.refresh_from_db()
    assert template.body.endswith("Best wishes")
