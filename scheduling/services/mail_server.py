"""Handing one message to the mail server, and telling what certainly was not taken from what nobody knows."""

import smtplib
from contextlib import suppress

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend

from scheduling.models import Message


class Trouble(Exception):
    """The message was certainly not taken; `is_for_now` when trying again may help.

    With `is_servers` the server could not be spoken to at all, so no other message would fare better.
    """

    def __init__(self, text: str, *, is_for_now: bool, is_servers: bool = False) -> None:
        super().__init__(text)
        self.is_for_now = is_for_now
        self.is_servers = is_servers


def hand_over(message: Message) -> None:
    """Raises `Trouble` when it was certainly not taken; any other error of the wire leaves that open."""
    mail = EmailMultiAlternatives(
        message.subject,
        message.text,
        to=[message.to],
        reply_to=[message.answers_to] if message.answers_to else None,
        headers={"Message-ID": message.message_id},
    )
    mail.attach_alternative(message.html, "text/html")
    if message.calendar:
        mail.attach("interview.ics", message.calendar, "text/calendar")
    server = _connect()
    try:
        server.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as error:
        raise _refusal(*next(iter(error.recipients.values()))) from error
    except smtplib.SMTPResponseException as error:
        if error.smtp_code < 400:
            raise  # no answer SMTP knows, so it tells nothing
        raise _refusal(error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPNotSupportedError, ValueError) as error:
        raise Trouble(f"This cannot be sent as a mail: {error}", is_for_now=False) from error
    finally:
        # What it said counts, not how it says good-bye.
        with suppress(OSError, smtplib.SMTPException):
            server.close()


def _connect() -> BaseEmailBackend:
    """A server that has said hello."""
    server = get_connection()
    try:
        server.open()
        if isinstance(server, SmtpBackend) and server.connection is not None:
            # smtplib would greet it while sending, when silence no longer means that nothing was handed over.
            server.connection.ehlo_or_helo_if_needed()
    except smtplib.SMTPResponseException as error:
        raise _refusal(error.smtp_code, error.smtp_error, is_servers=True) from error
    except smtplib.SMTPNotSupportedError as error:
        raise Trouble(f"The mail server cannot do what EMAIL_URL asks for: {error}", is_for_now=False) from error
    except (OSError, smtplib.SMTPException) as error:
        text = f"The mail server cannot be reached ({type(error).__name__})."
        raise Trouble(text, is_for_now=True, is_servers=True) from error
    return server


def _refusal(code: int, text: bytes | str, *, is_servers: bool = False) -> Trouble:
    """What an answer of 400 and above means: below 500 for now, else for good (RFC 5321, 4.2.1)."""
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return Trouble(f"{code} {' '.join(words.split())}", is_for_now=code < 500, is_servers=is_servers)
