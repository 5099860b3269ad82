"""The mail that tells a recruiter what a candidate asks for on their page."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone

from scheduling.models import BookingLink, CandidatePolicy, Message, Preference
from scheduling.services import candidates, messages, wishes
from tests import post_office
from tests.factories import CandidateFactory, LinkFactory, make_interview, make_user
from tests.scheduling.conftest import signed_in

pytestmark = pytest.mark.django_db

ASKED = {"words": "Evenings suit me", "time_1": "2031-05-06T19:30"}


@pytest.fixture
def link(recruiter: User) -> BookingLink:
    candidate = CandidateFactory(name="Zoë Quill", email="zoe@example.com", owner=recruiter, timezone="Europe/Paris")
    link: BookingLink = LinkFactory(candidate=candidate, created_by=make_user("maker", "Recruiter"))
    return link


def deliver() -> None:
    """What the workers do."""
    while due := messages.due(now=timezone.now()):
        messages.send(due[0])


def refuse(link: BookingLink, **fields: str) -> str:
    visitor = Client()
    visitor.cookies["zone"] = "Europe/Paris"
    response = visitor.post(f"/b/{link.token}/none/", fields or ASKED, follow=True)
    deliver()
    return response.content.decode()


def sent() -> list[EmailMultiAlternatives]:
    return [message for message in mail.outbox if isinstance(message, EmailMultiAlternatives)]


def html_of(message: EmailMultiAlternatives) -> str:
    return str(message.alternatives[0][0])


def test_tells_the_owner_once_which_times_would_suit(link: BookingLink, recruiter: User) -> None:
    Preference.objects.create(user=recruiter, timezone="America/New_York", clock="12h")

    for _ in range(2):
        assert "Your recruiter has your message" in refuse(link)

    (told,) = sent()
    assert (told.to, told.reply_to) == (["alice@example.org"], ["zoe@example.com"])
    assert told.subject == f"Zoë Quill: no time fits for {link.event_type}"
    assert "- Tue 6 May 2031, 1:30 pm EDT (Tue 6 May 2031, 7:30 pm CEST for them)" in told.body
    assert "\n> Evenings suit me\n" in told.body
    assert "because Zoë Quill is your candidate" in told.body
    page = f"http://localhost:8000/candidates/{link.candidate_id}/"
    assert page in told.body
    assert f'href="{page}"' in html_of(told)
    assert "7:30 pm CEST for them" in html_of(told)
    assert Message.objects.get().state == "sent"


def test_tells_who_made_the_link_of_a_candidate_nobody_owns(link: BookingLink) -> None:
    link.candidate.owner = None
    link.candidate.save()

    refuse(link)

    (told,) = sent()
    assert told.to == ["maker@example.org"]
    assert "because you made the link" in told.body


def test_tells_of_a_wish_to_change_with_the_interviews_time(link: BookingLink, recruiter: User) -> None:
    CandidatePolicy.objects.update(max_moves=0)
    Preference.objects.create(user=recruiter, timezone="Asia/Tokyo")
    interview = make_interview(link.candidate, link=link, invitee_timezone="Europe/Paris")
    starts_at = datetime(2031, 1, 7, 9, 0, tzinfo=UTC)
    type(interview).objects.update(starts_at=starts_at)

    Client().post(f"/b/{link.token}/ask/", {"words": "My train is late"})
    deliver()

    (told,) = sent()
    assert told.subject == f"Zoë Quill asks to change or cancel {interview.name}"
    assert "booked for Tue 7 Jan 2031, 18:00 JST (Tue 7 Jan 2031, 10:00 CET for them)." in told.body
    assert "> My train is late" in told.body


def test_names_one_zone_when_it_is_everybodys(link: BookingLink, recruiter: User) -> None:
    Preference.objects.create(user=recruiter, timezone="Europe/Berlin")

    refuse(link)

    assert "- Tue 6 May 2031, 19:30 CEST\n" in sent()[0].body


def test_is_in_english_whatever_the_candidate_reads(link: BookingLink) -> None:
    visitor = Client(headers={"accept-language": "de"})

    visitor.post(f"/b/{link.token}/none/", ASKED)
    deliver()

    assert "none of the open times" in sent()[0].body
    assert "Tue 6 May 2031" in sent()[0].body
    assert '<html lang="en">' in html_of(sent()[0])


def test_sends_none_to_who_wants_none(link: BookingLink, alice: Client) -> None:
    page = alice.get("/settings/you/").content.decode()
    assert 'name="wish_mails"' in page
    assert "checked" in page.partition('name="wish_mails"')[2].partition(">")[0]
    alice.post("/settings/you/", {"timezone": "", "clock": "24h", "shortcuts": "on"})

    page = refuse(link)

    assert "Your recruiter has your message" in page
    assert (sent(), Message.objects.count()) == ([], 0)
    assert "Evenings suit me" in alice.get("/").content.decode()


def test_sends_none_to_an_account_that_is_switched_off(link: BookingLink, recruiter: User) -> None:
    User.objects.filter(pk=recruiter.pk).update(is_active=False)

    refuse(link)
    User.objects.update(is_active=False)
    refuse(link, words="And mornings do not")

    assert [message.to for message in sent()] == [["maker@example.org"]]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda link, user: User.objects.filter(pk=user.pk).update(is_active=False), "The account is switched off."),
        (
            lambda link, user: Preference.objects.create(user=user, wish_mails=False),
            "They want no mails about wishes.",
        ),
        (lambda link, user: candidates.archive(link.candidate, by=user), "The candidate is archived."),
        (lambda link, user: user.delete(), "The account is deleted."),
    ],
)
def test_is_not_sent_when_nobody_is_to_read_it_any_more(
    link: BookingLink, recruiter: User, change: Any, error: str
) -> None:
    message = wishes.refuse_times(link, words="Evenings", times=[], zone=ZoneInfo("UTC"))
    assert message is not None
    change(link, recruiter)

    messages.send(message.pk)

    message.refresh_from_db()
    assert (message.state, message.error, sent()) == ("skipped", error, [])


HOSTILE = "<script>alert(1)</script>\r\n\r\nYou get this because of me: http://evil.example/\r\n\u202eAnteroom"


def test_keeps_hostile_words_a_quote(link: BookingLink) -> None:
    link.candidate.name = "Eve\u202e <b>{{ 1 }}\r\nBcc: victim@example.com"
    link.candidate.save()

    refuse(link, words=HOSTILE)

    (told,) = sent()
    message = told.message()
    assert message["Bcc"] is None
    assert message["Subject"] is not None
    lines = told.body.splitlines()
    assert "> <script>alert(1)</script>" in lines
    assert "> You get this because of me: http://evil.example/" in lines
    assert "\u202e" not in f"{told.body}{told.subject}{html_of(told)}"
    assert "<script>" not in html_of(told)
    assert 'href="http://evil' not in html_of(told)
    assert "{{ 1 }}" in told.subject


def test_never_delays_the_wish_when_the_server_is_down(
    link: BookingLink, alice: Client, settings: LazySettings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with post_office.opened() as closed:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", closed.port, 0.5

    page = refuse(link)

    assert "Your recruiter has your message" in page
    assert Message.objects.get().state == "waiting"
    with post_office.opened() as office:
        settings.EMAIL_PORT = office.port
        Message.objects.update(next_try_at=timezone.now())
        messages.send(Message.objects.get().pk)
    (told,) = office.mails
    assert isinstance(told, EmailMessage)
    assert told["To"] == "alice@example.org"


def test_shows_on_the_time_line_that_nobody_was_told_and_goes_on_asking(
    link: BookingLink, alice: Client, settings: LazySettings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with post_office.opened() as office:
        office.answers["RCPT"] = "550 nobody here"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", office.port, 0.5
        refuse(link)

    page = alice.get(f"/candidates/{link.candidate_id}/").content.decode()

    assert "To alice@example.org, about the wish: 550 nobody here" in page
    # The failure is nobody's answer to the candidate.
    assert "Evenings suit me" in alice.get("/").content.decode()


@pytest.mark.parametrize(("act", "state"), [("again", "failed"), ("bounced", "sent")])
def test_never_becomes_a_mail_to_the_candidate(link: BookingLink, alice: Client, act: str, state: str) -> None:
    refuse(link)
    message = Message.objects.get()
    Message.objects.update(state=state)

    alice.post(f"/links/messages/{message.pk}/{act}/")

    message.refresh_from_db()
    assert (message.state, message.to) == (state, "alice@example.org")


def test_does_not_hold_back_a_reminder(link: BookingLink, alice: Client) -> None:
    refuse(link)

    alice.post(f"/links/{link.pk}/remind/")
    deliver()

    assert [message.to for message in sent()] == [["alice@example.org"], ["zoe@example.com"]]


def test_is_unknown_after_a_crash_and_answers_nothing(link: BookingLink, alice: Client) -> None:
    refuse(link)
    Message.objects.update(state="sending", claimed_until=timezone.now() - timedelta(minutes=1))

    messages.give_up(now=timezone.now())

    assert Message.objects.get().state == "unknown"
    assert "may or may not have been sent" in alice.get(f"/candidates/{link.candidate_id}/").content.decode()
    assert "Evenings suit me" in alice.get("/").content.decode()


def test_keeps_everybodys_own_choice(link: BookingLink, alice: Client) -> None:
    assert link.created_by is not None
    signed_in(link.created_by).post("/settings/you/", {"timezone": "", "clock": "24h"})

    refuse(link)

    assert [message.to for message in sent()] == [["alice@example.org"]]
