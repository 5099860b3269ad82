"""Mails to candidates: what they say, that each leaves once, and what a mail server may do to them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone

from candidates.models import Candidate
from scheduling.models import BookingLink, EventType, Message, MessageTemplate
from scheduling.queries import connections, needs
from scheduling.services import candidates, links, messages
from scheduling.services.message_templates import LONGEST_SUBJECT, Facts, compose, one_line, problems_of, render
from tests import post_office
from tests.factories import CandidateFactory, ConnectionFactory, LinkFactory, MessageFactory, make_interview
from tests.post_office import HANG_UP, SILENCE, PostOffice
from tests.sandbox_process import Sandbox

State = Message.State


@pytest.fixture
def office(settings: LazySettings) -> Iterator[PostOffice]:
    """A mail server the desk is pointed at, and little patience with it."""
    with post_office.opened() as office:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", office.port, 0.5
        yield office


@pytest.fixture
def link(db: None) -> BookingLink:
    candidate = CandidateFactory(name="Zoë Quill", email="zoe@example.com", timezone="America/New_York")
    link: BookingLink = LinkFactory(candidate=candidate, expires_at=timezone.now() + timedelta(days=9))
    return link


def queue(link: BookingLink, by: User | None = None) -> Message:
    return messages.queue_invitation(link, by=by)


def told(link: BookingLink) -> list[str]:
    return [entry.kind for entry in link.timeline.order_by("pk") if entry.kind != "link_made"]


def make_due() -> None:
    Message.objects.filter(state=State.WAITING).update(next_try_at=timezone.now())


def test_sends_text_and_html_with_our_link(office: PostOffice, link: BookingLink, recruiter: User) -> None:
    message = queue(link, recruiter)

    messages.send(message.pk)

    (sent,) = office.mails
    text, html = (part.get_content() for part in sent.iter_parts())
    assert sent["To"] == "zoe@example.com"
    assert sent["Reply-To"] == "alice@example.org"
    assert sent["Message-ID"] == message.message_id
    assert sent["Subject"] == "Your interview with Anteroom: choose a time"
    assert f"\n{link.address}\n" in text.replace("\r\n", "\n")
    assert "Hello Zoë," in text
    assert "Technical interview, 45 minutes" in text
    assert f'<a href="{link.address}"' in html
    message.refresh_from_db()
    assert (message.state, message.sent_at is not None, told(link)) == ("sent", True, ["invitation_sent"])


HOSTILE = [
    "Eve\r\nBcc: victim@example.com",
    "<script>alert(1)</script>",
    "{link} {recruiter_name} {nothing} {0.__class__}",
    "\u202egro.elpmaxe\u2066",
    "x" * 10_000,
    "עדה לאבלייס 👩🏽‍🚀",
    "\x00\u2028\x1b[31m",
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", MessageTemplate.Kind.values)
def test_survives_hostile_names(db: None, name: str, kind: str) -> None:
    facts = Facts(name, name, 45, name, timezone.now(), "", "https://hire.example.org/b/token/", None)
    MessageTemplate.objects.filter(kind=kind).update(subject="To {candidate_name} from {company}")

    written = compose(kind, facts)

    envelope = EmailMessage(written.subject, written.text, to=["zoe@example.com"]).message()
    assert (envelope["Bcc"], envelope["To"]) == (None, "zoe@example.com")
    assert len(written.subject) <= LONGEST_SUBJECT
    assert "\n" not in written.subject
    assert "<script>" not in written.html
    assert written.text.count("https://hire.example.org/b/token/") == (kind != "cancellation")
    assert "\u202e" not in written.text + written.html
    assert len(written.text) < 3_000


def test_keeps_names_as_people_write_them() -> None:
    names = ["Zoë Quill", "עדה לאבלייס", "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{ROCKET} Ada"]

    assert [one_line(f"\t{name} ") for name in names] == names


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", "Thursday 3 December 2026"),
        ("America/New_York", "Thursday 3 December 2026"),
        ("Asia/Kolkata", "Thursday 3 December 2026"),
        ("Pacific/Kiritimati", "Friday 4 December 2026"),
        ("Mars/Olympus", "Thursday 3 December 2026"),
        ("", "Thursday 3 December 2026"),
    ],
)
def test_names_the_last_day_where_the_candidate_is(zone: str, day: str) -> None:
    midnight_in_berlin = datetime(2026, 12, 3, 23, tzinfo=UTC)
    facts = Facts("Zoë", "Talk", 30, "", midnight_in_berlin, zone, "https://hire.example.org/b/x/", None)

    assert render("s", "{last_day}", facts).text == f"{day}\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Dear {name}, {link}", "There is no variable {name}"),
        ("{candidate.name} {link}", "There is no variable {candidate.name}"),
        ("{} {link}", "There is no variable {}"),
        ("{ link }", "There is no variable { link }"),
        ("Dear {candidate_name}", "The text needs {link}"),
    ],
)
def test_refuses_words_that_would_not_work(text: str, words: str) -> None:
    assert any(words in problem for problem in problems_of(text, kind="nudge", needs_link=True))


@pytest.mark.parametrize(
    "text", ["a { b\n} {link}", "{link} }", "{{link}}", "Hello {candidate_name and {{position}} {link}"]
)
def test_refuses_a_brace_that_belongs_to_no_variable(text: str) -> None:
    (problem,) = problems_of(text, kind="nudge", needs_link=True)

    assert "A brace stands where no variable is" in problem


def test_leaves_once_however_often_it_is_sent(office: PostOffice, link: BookingLink) -> None:
    message = queue(link)

    assert [messages.send(message.pk) for _ in range(3)] == [True, False, False]

    assert len(office.mails) == 1


def test_invites_once_a_link(link: BookingLink) -> None:
    assert queue(link).pk == queue(link).pk


class Dying(EmailBackend):
    """The worker is killed when the server has taken the mail and before that is saved."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        super().send_messages(email_messages)
        raise SystemExit


def test_asks_a_recruiter_after_a_crash_between_send_and_save(
    link: BookingLink, alice: Client, settings: LazySettings
) -> None:
    message = queue(link)
    settings.EMAIL_BACKEND = f"{__name__}.Dying"
    with pytest.raises(SystemExit):
        messages.send(message.pk)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    name = message.message_id

    messages.give_up(now=timezone.now())
    assert Message.objects.get().state == State.SENDING
    later = timezone.now() + messages.CLAIM + timedelta(seconds=1)
    assert [messages.give_up(now=later) for _ in range(2)] == [1, 0]
    messages.send(message.pk)

    message.refresh_from_db()
    assert (message.state, len(mail.outbox), told(link)) == ("unknown", 1, ["mail_unknown"])
    for _ in range(2):
        alice.post(f"/links/messages/{message.pk}/again/")
    messages.send(message.pk)
    message.refresh_from_db()
    assert (message.state, len(mail.outbox), message.message_id) == ("sent", 2, name)


def test_believes_a_slow_worker_that_did_send(link: BookingLink) -> None:
    message = queue(link)
    claimed = messages._claim(message.pk)
    assert claimed is not None
    messages.give_up(now=timezone.now() + timedelta(hours=1))

    messages._end(claimed, State.SENT)

    message.refresh_from_db()
    assert message.state == State.SENT


def test_has_one_mail_on_its_way_at_a_time(db: None) -> None:
    first, second = MessageFactory(), MessageFactory()
    assert messages._claim(first.pk) is not None

    assert messages.send(second.pk) is False
    assert messages.due(now=timezone.now()) == [second.pk]

    Message.objects.filter(pk=first.pk).update(claimed_until=timezone.now())
    assert messages.send(second.pk) is True


@pytest.mark.parametrize(
    ("command", "answer", "state"),
    [
        ("hello", "421 too busy", "waiting"),
        ("hello", "554 no service", "failed"),
        ("hello", SILENCE, "waiting"),
        ("hello", HANG_UP, "waiting"),
        ("EHLO", SILENCE, "waiting"),
        ("MAIL", "451 later", "waiting"),
        ("MAIL", "550 not you", "failed"),
        ("RCPT", "450 greylisted", "waiting"),
        ("RCPT", "550 5.1.1 no such mailbox", "failed"),
        ("DATA", "452 no room", "waiting"),
        (".", "451 later", "waiting"),
        (".", "554 looks like spam", "failed"),
        (".", SILENCE, "unknown"),
        (".", HANG_UP, "unknown"),
        (".", "what", "unknown"),
        ("QUIT", SILENCE, "sent"),
        ("QUIT", HANG_UP, "sent"),
    ],
)
def test_believes_the_server(office: PostOffice, link: BookingLink, command: str, answer: str, state: str) -> None:
    office.answers[command] = answer
    message = queue(link)

    messages.send(message.pk)

    message.refresh_from_db()
    assert message.state == state
    assert bool(message.error) is (state != "sent")
    if answer[0].isdigit():
        assert answer in message.error
    assert len(office.mails) == (state in ("sent", "unknown"))


def test_tries_again_when_the_server_is_back(link: BookingLink, settings: LazySettings) -> None:
    message, other = queue(link), MessageFactory()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with post_office.opened() as closed:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", closed.port
    before = timezone.now()

    messages.send(message.pk)

    message.refresh_from_db()
    assert (message.state, message.attempts) == ("waiting", 1)
    assert "cannot be reached" in message.error
    assert message.next_try_at >= before + messages.FIRST_RETRY
    assert messages.due(now=before + timedelta(seconds=30)) == []
    with post_office.opened() as office:
        settings.EMAIL_PORT = office.port
        make_due()
        assert [messages.send(pk) for pk in messages.due(now=timezone.now(), limit=5)] == [True, True]
        assert len(office.mails) == 2
    other.refresh_from_db()
    assert (other.state, other.attempts) == ("sent", 1)


def test_gives_up_after_hours(office: PostOffice, link: BookingLink) -> None:
    office.answers["RCPT"] = "450 greylisted"
    message = queue(link)

    for _ in range(messages.MAX_ATTEMPTS + 2):
        make_due()
        messages.send(message.pk)

    message.refresh_from_db()
    assert (message.state, message.attempts, told(link)) == ("failed", messages.MAX_ATTEMPTS, ["mail_failed"])
    assert "Given up after 12 tries. 450 greylisted" in message.error


def test_fails_at_once_what_is_no_address(office: PostOffice, link: BookingLink) -> None:
    Candidate.objects.update(email="eve@example.com\nBcc: victim@example.com")
    message = queue(link)

    messages.send(message.pk)

    message.refresh_from_db()
    assert (message.state, office.recipients) == ("failed", [])


@pytest.mark.parametrize("why", ["booked", "withdrawn", "expired", "archived"])
def test_sends_nothing_that_is_no_longer_needed(link: BookingLink, recruiter: User, why: str) -> None:
    message = queue(link)
    if why == "booked":
        make_interview(link.candidate, link=link)
    elif why == "withdrawn":
        links.withdraw(link, by=recruiter)
    elif why == "expired":
        BookingLink.objects.update(expires_at=timezone.now())
    else:
        candidates.archive(link.candidate, by=recruiter)

    messages.send(message.pk)

    message.refresh_from_db()
    assert (message.state, mail.outbox) == ("skipped", [])
    with pytest.raises(messages.NotPossible):
        messages.queue_nudge(BookingLink.objects.get(), by=recruiter)


def send_form(candidate: Candidate, event_type: EventType) -> dict[str, Any]:
    return {"request_key": str(uuid4()), "event_type": event_type.pk, "expires_on": ""}


def test_makes_a_link_and_sends_it_once(sandbox: Sandbox, event_type: EventType, alice: Client) -> None:
    candidate = CandidateFactory(email="zoe@example.com")
    form = send_form(candidate, event_type)

    pages = [alice.post(f"/candidates/{candidate.pk}/links/send/", form, follow=True) for _ in range(2)]

    message = Message.objects.get()
    assert "The invitation is on its way to zoe@example.com." in pages[0].content.decode()
    assert BookingLink.objects.get().address in message.text
    assert (message.created_by.get_username(), message.state) == ("alice@example.org", "waiting")  # type: ignore[union-attr]


def test_shows_the_mail_before_anything_is_made(sandbox: Sandbox, event_type: EventType, alice: Client) -> None:
    candidate = CandidateFactory(name="Zoë Quill")
    form = send_form(candidate, event_type)

    page = alice.post(f"/candidates/{candidate.pk}/links/preview/", form).content.decode()

    assert "Hello Zoë," in page
    assert "Technical interview" in page
    assert f'name="request_key" value="{form["request_key"]}"' in page
    assert BookingLink.objects.count() == Message.objects.count() == 0


@pytest.mark.parametrize("path", ["send", "preview"])
def test_says_what_is_wrong_with_the_form(sandbox: Sandbox, event_type: EventType, alice: Client, path: str) -> None:
    candidate = CandidateFactory()
    form = send_form(candidate, event_type) | {"expires_on": "2020-01-01"}

    response = alice.post(f"/candidates/{candidate.pk}/links/{path}/", form)

    assert response.status_code == 422
    assert "This day is over" in response.content.decode()


def test_sends_an_open_link_and_reminds_of_it(link: BookingLink, alice: Client) -> None:
    page = alice.get(f"/candidates/{link.candidate_id}/").content.decode()
    assert f"/links/{link.pk}/invite/" in page

    alice.post(f"/links/{link.pk}/invite/")
    too_soon = alice.post(f"/links/{link.pk}/remind/", follow=True).content.decode()
    assert "written to a moment ago" in too_soon

    messages.send(Message.objects.get().pk)
    Message.objects.update(created_at=timezone.now() - timedelta(hours=1))
    for _ in range(2):
        alice.post(f"/links/{link.pk}/remind/", {"next": "/links/"})
    nudge = Message.objects.get(kind="nudge")
    messages.send(nudge.pk)

    page = alice.get(f"/candidates/{link.candidate_id}/").content.decode()
    assert f"/links/{link.pk}/invite/" not in page
    assert "Sent the invitation for Technical interview to zoe@example.com" in page
    assert "Sent a reminder for Technical interview to zoe@example.com" in page
    assert [sent.subject.split(":")[0] for sent in mail.outbox] == ["Your interview with Anteroom", "Reminder"]


def test_sends_to_the_corrected_address_after_a_bounce(link: BookingLink, alice: Client) -> None:
    message = queue(link)
    messages.send(message.pk)
    for _ in range(2):
        page = alice.post(f"/links/messages/{message.pk}/bounced/", follow=True).content.decode()
    assert "came back from zoe@example.com" in page
    Candidate.objects.update(email="zoe@example.org")

    alice.post(f"/links/messages/{message.pk}/again/")
    messages.send(message.pk)

    assert [sent.to for sent in mail.outbox] == [["zoe@example.com"], ["zoe@example.org"]]
    assert told(link) == ["invitation_sent", "mail_bounced", "invitation_sent"]
    assert mail.outbox[0].extra_headers != mail.outbox[1].extra_headers


def test_does_not_send_again_what_leads_nowhere(link: BookingLink, alice: Client) -> None:
    message = MessageFactory(link=link, state=State.FAILED)
    BookingLink.objects.update(withdrawn_at=timezone.now())

    page = alice.post(f"/links/messages/{message.pk}/again/", follow=True).content.decode()

    assert "The link is withdrawn. Nothing was sent." in page
    assert Message.objects.get().state == State.FAILED


def test_shows_a_refusal_where_it_can_be_mended(office: PostOffice, link: BookingLink, alice: Client) -> None:
    office.answers["RCPT"] = "550 no <b>such</b> mailbox"
    message = queue(link)
    messages.send(message.pk)

    page = alice.get(f"/candidates/{link.candidate_id}/").content.decode()

    assert "550 no &lt;b&gt;such&lt;/b&gt; mailbox" in page
    assert f"/links/messages/{message.pk}/again/" in page
    assert "Not sent" in page


@pytest.mark.parametrize(
    ("state", "kinds"),
    [
        ("failed", ["mail_failed"]),
        ("bounced", ["mail_bounced"]),
        ("unknown", ["mail_unknown"]),
        ("sent", []),
        ("waiting", []),
        ("skipped", []),
    ],
)
def test_needs_a_recruiter_until_it_is_made_up_for(link: BookingLink, state: str, kinds: list[str]) -> None:
    ConnectionFactory()
    message = MessageFactory(link=link, state=state)

    def kinds_of_need() -> list[str]:
        return [need.kind for need in needs.read(timezone.now(), connections.frame_state())]

    assert kinds_of_need() == kinds
    again = MessageFactory(link=link, kind="nudge", state=State.SENT)
    assert kinds_of_need() == []
    again.delete()
    BookingLink.objects.filter(pk=message.link.pk).update(withdrawn_at=timezone.now())
    assert kinds_of_need() == []


@pytest.mark.parametrize(
    "path",
    [
        "links/{link}/invite",
        "links/{link}/remind",
        "links/messages/{message}/again",
        "links/messages/{message}/bounced",
    ],
)
def test_sending_is_not_for_charlie(charlie: Client, link: BookingLink, path: str) -> None:
    message = MessageFactory(link=link, state=State.SENT)

    assert charlie.post(f"/{path.format(link=link.pk, message=message.pk)}/").status_code == 403
    for act in ("send", "preview"):
        assert charlie.post(f"/candidates/{link.candidate_id}/links/{act}/").status_code == 403
    assert f"/links/messages/{message.pk}/" not in charlie.get(f"/candidates/{link.candidate_id}/").content.decode()


def test_acts_only_on_what_is_there(alice: Client) -> None:
    for path in ("links/1/invite", "links/1/remind", "links/messages/1/again", "links/messages/1/bounced"):
        assert alice.post(f"/{path}/").status_code == 404
        assert alice.get(f"/{path}/").status_code == 405


WORDS = {"subject": "Come to {company}", "body": "Dear {candidate_name},\n\n{link}\n", "example": ""}


def test_saves_the_words(bob: Client, link: BookingLink) -> None:
    page = bob.post("/settings/messages/invitation/", WORDS, follow=True).content.decode()

    assert "The words of the invitation are saved." in page
    assert queue(link).text == f"Dear Zoë Quill,\n\n{link.address}\n"
    assert MessageTemplate.objects.get(kind="invitation").updated_by.get_username() == "bob@example.org"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"subject": "Dear {nobody}"}, "There is no variable {nobody}"),
        ({"body": "{link} {nobody}"}, "There is no variable {nobody}"),
        ({"body": "Dear {candidate_name}"}, "The text needs {link}"),
        ({"subject": "{event_type"}, "A brace stands where no variable is"),
        ({"body": "Hello {candidate_name and {{position}}, {link}"}, "A brace stands where no variable is"),
        ({"subject": " "}, "Enter a subject."),
        ({"body": ""}, "Enter a text."),
        ({"subject": "x" * 151}, "at most 150 characters"),
        ({"body": "{link}" + "x" * 5000}, "at most 5000 characters"),
        ({"example": "999999"}, "Select a valid choice"),
    ],
)
@pytest.mark.parametrize("act", ["", "preview/", "test/"])
def test_refuses_wrong_words_beside_the_field(bob: Client, fields: dict[str, str], words: str, act: str) -> None:
    response = bob.post(f"/settings/messages/invitation/{act}", WORDS | fields)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert MessageTemplate.objects.get(kind="invitation").subject != WORDS["subject"]
    assert Message.objects.count() == 0


def test_keeps_the_subject_on_one_line(bob: Client) -> None:
    bob.post("/settings/messages/nudge/", WORDS | {"subject": "Come\r\nBcc: victim@example.com"})

    assert MessageTemplate.objects.get(kind="nudge").subject == "Come Bcc: victim@example.com"


def test_previews_with_a_real_candidate_and_saves_nothing(bob: Client, link: BookingLink) -> None:
    fields = WORDS | {"example": str(link.candidate_id)}

    page = bob.post("/settings/messages/invitation/preview/", fields).content.decode()

    assert "Dear Zoë Quill," in page
    assert "Come to Anteroom" in page
    assert "Come to" not in MessageTemplate.objects.get(kind="invitation").subject


def test_sends_a_test_to_who_asks(bob: Client, link: BookingLink) -> None:
    page = bob.post("/settings/messages/invitation/test/", WORDS | {"example": str(link.candidate_id)})
    assert "A test is on its way to bob@example.org. What you wrote is not saved yet." in page.content.decode()

    messages.send(Message.objects.get().pk)

    assert [(sent.to, sent.subject) for sent in mail.outbox] == [(["bob@example.org"], "Come to Anteroom")]
    assert told(link) == []
    assert "Your last tests" in bob.get("/settings/messages/").content.decode()


@pytest.mark.parametrize("act", ["", "preview/", "test/"])
def test_words_are_not_for_charlie_or_alice(charlie: Client, alice: Client, act: str) -> None:
    for visitor in (charlie, alice):
        assert visitor.post(f"/settings/messages/invitation/{act}", WORDS).status_code == 403
        page = visitor.get("/settings/messages/").content.decode()
        assert "What the candidate reads" in page
        assert "Send me a test" not in page


def test_knows_no_other_kind(bob: Client) -> None:
    assert bob.post("/settings/messages/newsletter/", WORDS).status_code == 404
