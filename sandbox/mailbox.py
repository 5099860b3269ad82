"""Mails the desk sent, as bytes (RFC 5322) in, as text and HTML out."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr

from sandbox import clock
from sandbox.models import Mail

LENGTH = 400


def store(raw: bytes) -> Mail:
    """Keep a mail. Raises `ValueError` when it names nobody to deliver it to."""
    message = parse(raw)
    if not parseaddr(str(message["To"] or ""))[1]:
        raise ValueError("the mail has no recipient")
    return Mail.objects.create(
        sender=str(message["From"] or "")[:LENGTH],
        recipients=str(message["To"])[:LENGTH],
        subject=str(message["Subject"] or "")[:LENGTH],
        raw=raw,
        received_at=clock.now(),
    )


def parse(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, _class=EmailMessage, policy=policy.default)


def part(mail: Mail, kind: str) -> str:
    """The `plain` or `html` body; empty when there is none."""
    found = parse(bytes(mail.raw)).get_body(preferencelist=(kind,))
    return str(found.get_content()) if found else ""


def headers(mail: Mail) -> dict[str, str]:
    """What a reader would look at."""
    message = parse(bytes(mail.raw))
    return {name: str(message[name]) for name in ("From", "To", "Reply-To", "Message-ID", "Date") if message[name]}


def links(mail: Mail) -> list[str]:
    """The addresses in the text, in their order."""
    return re.findall(r"https?://[^\s<>\"]+", part(mail, "plain"))
