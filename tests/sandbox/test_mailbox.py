"""The mailbox: mails of the desk, taken over HTTP, shown, refused and lost."""

import smtplib

import pytest
import requests
from django.conf import LazySettings
from django.core.mail import EmailMultiAlternatives, get_connection

from scheduling.models import Message
from scheduling.services import messages
from tests.factories import LinkFactory, MessageFactory
from tests.sandbox_process import Sandbox

LINK = "https://hire.example.org/b/token/"
HTML = f'<html><head></head><body><script>alert(1)</script><a href="{LINK}">Choose a time</a></body></html>'


@pytest.fixture
def mailbox(sandbox: Sandbox, settings: LazySettings) -> str:
    """The desk's mails go to the sandbox; the mailbox's address."""
    settings.EMAIL_BACKEND = "config.mailbox.EmailBackend"
    settings.SANDBOX_MAILBOX_URL = f"{sandbox.url}/sandbox/mailbox/"
    return str(settings.SANDBOX_MAILBOX_URL)


def send(subject: str = "Grüße <b>", text: str = f"Dear Zoë,\n\n{LINK}\n") -> None:
    mail = EmailMultiAlternatives(subject, text, "Anteroom <a@example.org>", ["zoe@example.com"])
    mail.attach_alternative(HTML, "text/html")
    mail.send()


def body(url: str) -> str:
    return requests.get(url, timeout=10).text


def test_takes_what_the_desk_sends(mailbox: str, sandbox: Sandbox) -> None:
    send()

    (mail,) = sandbox.mails()
    assert (mail["subject"], mail["To"], mail["links"]) == ("Grüße <b>", "zoe@example.com", [LINK])
    assert mail["text"].startswith("Dear Zoë,")
    assert mail["html"].strip() == HTML


def test_shows_mails_with_links_to_follow(mailbox: str) -> None:
    send()
    assert "Grüße &lt;b&gt;" in body(mailbox)
    (pk,) = (part.partition('"')[0] for part in body(mailbox).split("/sandbox/mailbox/")[1:] if part[0].isdigit())

    page = body(f"{mailbox}{pk}")

    assert f'<a href="{LINK}">' in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "<script>alert" not in page


def test_runs_nothing_a_mail_brings(mailbox: str) -> None:
    send()
    pk = body(mailbox).split('href="/sandbox/mailbox/')[1].partition('"')[0]

    framed = requests.get(f"{mailbox}{pk}/html", timeout=10)

    policy = framed.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert framed.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_throws_mails_away(mailbox: str, sandbox: Sandbox) -> None:
    send()
    page = requests.get(mailbox, timeout=10)
    token = page.text.split('name="csrfmiddlewaretoken" value="')[1].partition('"')[0]

    requests.post(f"{mailbox}empty", {"csrfmiddlewaretoken": token}, cookies=page.cookies, timeout=10)

    assert sandbox.mails() == []


@pytest.mark.parametrize("raw", [b"", b"Subject: nobody\n\nHello", b"\xff\xfe"])
def test_refuses_what_is_no_mail(mailbox: str, raw: bytes) -> None:
    assert requests.post(mailbox, raw, timeout=10).status_code == 400


@pytest.mark.parametrize(
    ("operation", "behaviour", "error", "code"),
    [
        ("mailbox.connect", "503", smtplib.SMTPConnectError, 451),
        ("mailbox.connect", "403", smtplib.SMTPConnectError, 550),
        ("mailbox.receive", "503", smtplib.SMTPDataError, 451),
        ("mailbox.receive", "400", smtplib.SMTPDataError, 550),
    ],
)
def test_refuses_as_a_mail_server_does(
    mailbox: str,
    sandbox: Sandbox,
    operation: str,
    behaviour: str,
    error: type[smtplib.SMTPResponseException],
    code: int,
) -> None:
    sandbox.switch(operation, behaviour)
    act = send if operation == "mailbox.receive" else get_connection().open

    with pytest.raises(error) as caught:
        act()

    assert caught.value.smtp_code == code
    assert sandbox.mails() == []


@pytest.mark.parametrize(
    ("operation", "behaviour", "state", "count"),
    [
        ("mailbox.connect", "silent:2", "waiting", 0),
        ("mailbox.connect", "reset", "waiting", 0),
        ("mailbox.receive", "silent:2", "unknown", 0),
        ("mailbox.receive", "lost", "unknown", 1),
    ],
)
@pytest.mark.django_db
def test_hangs_and_loses_as_a_mail_server_does(
    mailbox: str,
    sandbox: Sandbox,
    settings: LazySettings,
    operation: str,
    behaviour: str,
    state: str,
    count: int,
) -> None:
    settings.EMAIL_TIMEOUT = 1
    sandbox.switch(operation, behaviour)
    message = MessageFactory(link=LinkFactory())

    messages.send(message.pk)

    assert (Message.objects.get().state, len(sandbox.mails())) == (state, count)
