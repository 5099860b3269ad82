"""The demo's mail server: every mail is handed to the sandbox's mailbox over HTTP, and nothing leaves the machine.

It answers as a mail server does, so that what the sandbox breaks on purpose looks like the real thing: a status of 400
and above while saying hello or taking a mail becomes SMTP's refusal, for good (4xx) or for now (5xx).
"""

import smtplib
from collections.abc import Sequence

import requests
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

FOR_NOW, FOR_GOOD = 451, 550


class EmailBackend(BaseEmailBackend):
    """Chosen by settings when the sandbox is mounted and EMAIL_URL is not set."""

    def open(self) -> bool:
        response = requests.get(f"{settings.SANDBOX_MAILBOX_URL}greeting", timeout=settings.EMAIL_TIMEOUT)
        if not response.ok:
            raise smtplib.SMTPConnectError(_code(response), "The mailbox does not take mails.")
        return True

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            response = requests.post(
                settings.SANDBOX_MAILBOX_URL,
                data=message.message().as_bytes(),
                headers={"Content-Type": "message/rfc822"},
                timeout=settings.EMAIL_TIMEOUT,
            )
            if not response.ok:
                raise smtplib.SMTPDataError(_code(response), "The mailbox did not take the mail.")
        return len(email_messages)


def _code(response: requests.Response) -> int:
    return FOR_NOW if response.status_code >= 500 else FOR_GOOD
