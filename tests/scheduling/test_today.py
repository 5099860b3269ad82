"""What Today asks of whom."""

from datetime import timedelta
from html import unescape
from re import DOTALL, findall

import pytest
from django.test import Client
from django.utils import timezone

from scheduling.models import Connection, NextStep
from tests.factories import (
    CandidateFactory,
    ConnectionFactory,
    EventTypeFactory,
    LinkFactory,
    PositionFactory,
    make_interview,
)

pytestmark = pytest.mark.django_db


def buttons(client: Client) -> dict[str, str]:
    """By whom a need is about, or what: its button and where that leads."""
    page = client.get("/").content.decode()
    pattern = r'<a class="button button--small" href="([^"]*)">([^<]*)<span class="hidden">: ([^<]*)<'
    return {name: f"{words} {unescape(url)}" for url, words, name in findall(pattern, page, DOTALL)}


def test_offers_charlie_a_look_where_others_act(alice: Client, charlie: Client) -> None:
    event_type = EventTypeFactory(connection=ConnectionFactory())
    canceled = make_interview(CandidateFactory(name="Cleo Canceled"), canceled=True)
    unmarked = make_interview(CandidateFactory(name="Una Unmarked"), starts_in=-timedelta(hours=2))
    nora = CandidateFactory(name="Nora Next")
    held = make_interview(nora, starts_in=-timedelta(hours=2), held=True)
    NextStep.objects.create(
        interview=held, candidate=nora, position=PositionFactory(), event_type=event_type, state="offered"
    )
    make_interview(invitee_name="Sam Stranger")

    recruiters, viewers = buttons(alice), buttons(charlie)

    assert {name: words.partition(" /")[0] for name, words in recruiters.items()} == {
        "Cleo Canceled": "Book again",
        "Una Unmarked": "Say how it went",
        "Nora Next": "Send next",
        "Sam Stranger": "Match",
    }
    assert viewers == {
        "Cleo Canceled": f"Look /interviews/{canceled.pk}/",
        "Una Unmarked": f"Look /interviews/{unmarked.pk}/",
        "Nora Next": f"Look /candidates/{nora.pk}/#next-{NextStep.objects.get().pk}",
        "Sam Stranger": "Look /interviews/unmatched/",
    }


def test_offers_only_administrators_to_mend_the_connection(alice: Client, bob: Client) -> None:
    ConnectionFactory(state=Connection.State.DISCONNECTED)

    assert not any(words.startswith("Look") for words in buttons(bob).values())
    assert all(words.startswith("Look /settings/calendly/") for words in buttons(alice).values())


def test_lets_charlie_look_at_a_link_that_ran_out(charlie: Client) -> None:
    ConnectionFactory()
    link = LinkFactory(expires_at=timezone.now() - timedelta(hours=1))

    assert buttons(charlie) == {link.candidate.name: f"Look /candidates/{link.candidate_id}/"}
