"""Telling by mail what a candidate asked for on their page. Today shows it in any case; the mail says it sooner."""

import re
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from scheduling.models import BookingLink, Interview, Message, TimelineEntry
from scheduling.queries import preferences
from scheduling.services import messages
from scheduling.services.message_templates import LONGEST_SUBJECT, Mail, Paragraph, one_line

Kind = TimelineEntry.Kind
# A line of the candidate's words is kept whole.
LONGEST_LINE = 5_000


def queue(
    wish: TimelineEntry,
    link: BookingLink,
    *,
    interview: Interview | None,
    words: str,
    times: Sequence[datetime],
    zone: str,
) -> Message | None:
    """Write down the mail about a wish, once, within the transaction that notes the wish. The caller wakes a worker.

    `times` would suit the candidate, who reads them in `zone`. None when it is written down already, or nobody is to
    be told.
    """
    reader = reader_of(link)
    if reader is None or preferences.why_no_wishes(reader):
        return None
    mail = _compose(wish, link, reader, interview=interview, words=words, times=times, zone=zone)
    return messages.queue_wish(wish, mail, to=reader)


def reader_of(link: BookingLink) -> User | None:
    """The candidate's owner, else whoever made the link; nobody whose account is switched off."""
    people = (link.candidate.owner, link.created_by)
    return next((person for person in people if person is not None and person.is_active), None)


def _compose(
    wish: TimelineEntry,
    link: BookingLink,
    reader: User,
    *,
    interview: Interview | None,
    words: str,
    times: Sequence[datetime],
    zone: str,
) -> Mail:
    """In English, as the desk is, whatever the language of the candidate's page; both zones for every time."""
    preference = preferences.of(reader)
    candidate = link.candidate
    who, address = one_line(candidate.name), f"{settings.SITE_URL}{reverse('candidate', args=[candidate.pk])}"
    what = one_line((interview.name if interview else "") or str(link.event_type))
    is_refusal = wish.kind == Kind.TIMES_REFUSED
    context = {
        "name": one_line(reader.first_name or reader.email),
        "who": who,
        "what": what,
        "is_refusal": is_refusal,
        "is_owner": candidate.owner_id == reader.pk,
        "starts_at": interview.starts_at if interview else None,
        "times": times,
        # Quoted line by line, so that nothing they write passes for ours.
        "words": [one_line(line, longest=LONGEST_LINE) for line in words.strip().splitlines()],
        "zone": preference.timezone or settings.TIME_ZONE,
        "clock": preference.clock,
        "candidate_zone": zone or candidate.timezone,
        "address": address,
        "settings_address": f"{settings.SITE_URL}{reverse('you')}",
        "company": one_line(settings.COMPANY_NAME),
    }
    subject = f"{who}: no time fits for {what}" if is_refusal else f"{who} asks to change or cancel {what}"
    with translation.override("en"):
        text = render_to_string("messages/wish.txt", context).strip() + "\n"
        return _mail(subject[:LONGEST_SUBJECT], text, context)


def _mail(subject: str, text: str, context: dict[str, object]) -> Mail:
    """The text's paragraphs in the frame all mails have, with a button in place of the address."""
    address = str(context["address"])
    *blocks, _company = (block.strip() for block in re.split(r"\n\s*\n", text.strip()))
    paragraphs = [Paragraph(block.removesuffix(address).strip()) for block in blocks]
    shown = {
        "subject": subject,
        "company": context["company"],
        "address": address,
        "button": "Open the candidate",
        "paragraphs": paragraphs,
    }
    return Mail(subject, text, render_to_string("messages/mail.html", shown), paragraphs, address)
