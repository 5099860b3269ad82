"""The questions of an event type, as a form that becomes what Calendly wants."""

from typing import Any

import pytest

from scheduling.calendly.booking_links import at_time
from scheduling.forms.booking import OTHER, BookingForm
from scheduling.models import BookingLink, EventTypeQuestion
from tests.factories import CandidateFactory, EventTypeFactory, LinkFactory

START = "2031-05-06T09:00:00Z"
QUESTIONS: list[dict[str, Any]] = [
    {"text": "Open"},
    {"text": "Which?", "answer_type": "multi_select", "choices": ["A", "B"]},
]
KEY = "5f0f5c2e-63cb-4a65-9a0e-3a3f2a0d7f11"


def link_asking(*questions: dict[str, Any], places: list[dict[str, str]] | None = None, **link: Any) -> BookingLink:
    kinds = [place["kind"] for place in places or []]
    event_type = EventTypeFactory(locations=places or [], location_kinds=kinds)
    for position, question in enumerate(questions):
        EventTypeQuestion.objects.create(event_type=event_type, position=position, **question)
    made: BookingLink = LinkFactory(event_type=event_type, candidate=CandidateFactory(phone="+4930123456"), **link)
    return made


def filled(link: BookingLink, **fields: Any) -> BookingForm:
    return BookingForm(link, {"request_key": KEY, "start": START, "zone": "Europe/Berlin", **fields})


@pytest.mark.parametrize(
    ("question", "given", "answer"),
    [
        ({"answer_type": "string"}, "One line", "One line"),
        ({"answer_type": "text"}, "Two\nlines", "Two\nlines"),
        ({"answer_type": "phone_number"}, "+44 20 7946 0018", "+442079460018"),
        ({"answer_type": "single_select", "choices": ["A", "B"]}, "B", "B"),
        ({"answer_type": "multi_select", "choices": ["A", "B", "C"]}, ["A", "C"], "A\nC"),
    ],
)
def test_answers_a_question_of_every_type(db: None, question: dict[str, Any], given: Any, answer: str) -> None:
    form = filled(link_asking({"text": "Exact Text?", **question}), answer_0=given)

    assert form.is_valid(), form.errors
    assert [(item.question, item.answer, item.position) for item in form.wanted().answers] == [
        ("Exact Text?", answer, 0)
    ]


def test_takes_words_of_ones_own_among_the_choices(db: None) -> None:
    link = link_asking({"text": "Which?", "answer_type": "multi_select", "choices": ["A"], "includes_other": True})

    form = filled(link, answer_0=["A", OTHER], answer_0_other="My own")

    assert form.is_valid(), form.errors
    assert form.wanted().answers[0].answer == "A\nMy own"


def test_wants_other_in_words(db: None) -> None:
    link = link_asking({"text": "Which?", "answer_type": "single_select", "choices": ["A"], "includes_other": True})

    assert "answer_0_other" in filled(link, answer_0=OTHER).errors


def test_insists_on_what_calendly_insists_on(db: None) -> None:
    link = link_asking({"text": "Needed", "is_required": True}, {"text": "Not needed"})

    form = filled(link)

    assert set(form.errors) == {"answer_0"}


def test_leaves_out_what_is_not_answered(db: None) -> None:
    form = filled(link_asking({"text": "Not needed"}))

    assert form.is_valid()
    assert form.wanted().answers == []


@pytest.mark.parametrize(
    ("places", "fields", "kind", "text"),
    [
        ([], {}, "", ""),
        ([{"kind": "zoom_conference"}], {}, "zoom_conference", ""),
        ([{"kind": "physical", "location": "1 Example Street"}], {}, "physical", "1 Example Street"),
        ([{"kind": "outbound_call"}], {"phone": "+44 20 7946 0018"}, "outbound_call", "+442079460018"),
        ([{"kind": "ask_invitee"}], {"meeting_place": "The café"}, "ask_invitee", "The café"),
        ([{"kind": "zoom_conference"}, {"kind": "custom", "location": "Lobby"}], {"place": "1"}, "custom", "Lobby"),
    ],
)
def test_names_the_place_as_calendly_wants_it(
    db: None, places: list[dict[str, str]], fields: dict[str, str], kind: str, text: str
) -> None:
    form = filled(link_asking(places=places), **fields)

    assert form.is_valid(), form.errors
    assert (form.wanted().location_kind, form.wanted().location_text) == (kind, text)


def test_wants_a_number_only_for_the_call(db: None) -> None:
    link = link_asking(places=[{"kind": "zoom_conference"}, {"kind": "outbound_call"}])

    assert filled(link, place="0").is_valid()
    assert set(filled(link, place="1").errors) == {"phone"}


def test_shows_what_the_recruiter_filled_in(db: None) -> None:
    link = link_asking(*QUESTIONS, prefilled_url="https://calendly.com/d/x?a1=Hello&a2=2")

    form = BookingForm(link)

    assert (form.fields["answer_0"].initial, form.fields["answer_1"].initial) == ("Hello", ["B"])


def test_hands_calendlys_page_answers_by_number(db: None) -> None:
    form = filled(link_asking(*QUESTIONS), answer_0="Hi & bye", answer_1=["A", "B"])
    assert form.is_valid()

    address = at_time("https://calendly.com/d/x?name=Zo", day=None, answers=form.prefill())

    assert address == "https://calendly.com/d/x?name=Zo&a1=Hi+%26+bye&a2=1%2C2"
