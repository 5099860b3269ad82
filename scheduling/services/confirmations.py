"""The words of a confirmation a candidate asks for: ours, in the language that is active."""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from scheduling.models import BookingLink, Interview
from scheduling.services.message_templates import Paragraph, one_line


@dataclass(frozen=True)
class Confirmation:
    """A mail in its final words."""

    subject: str
    text: str
    html: str


def compose(link: BookingLink, interview: Interview) -> Confirmation:
    """When, where, with whom, and the page to change it on; times are in the zone the candidate booked in."""
    current = interview.current
    context = {
        "name": one_line(link.candidate.first_name),
        "what": one_line(interview.name or current.event_name),
        "company": one_line(settings.COMPANY_NAME),
        "starts_at": interview.starts_at,
        "zone": current.invitee_timezone,
        "hosts": ", ".join(str(host) for host in interview.interviewers.all()),
        "place_kind": current.location_kind,
        "place_text": one_line(current.location_text),
        "join_url": current.join_url,
        "address": link.address,
    }
    subject = (_("Your interview: %(what)s") % {"what": context["what"]})[:200]
    text = render_to_string("messages/confirmation.txt", context)
    return Confirmation(subject=subject, text=text, html=_html(subject, text, context))


def _html(subject: str, text: str, context: dict[str, Any]) -> str:
    """The text's paragraphs in the frame all mails have, with a button in place of the address."""
    *blocks, _company = (block.strip() for block in re.split(r"\n\s*\n", text.strip()))
    shown = {
        "subject": subject,
        "company": context["company"],
        "address": context["address"],
        "button": _("See your booking"),
        "paragraphs": [Paragraph(block) for block in blocks if context["address"] not in block],
        "has_links": True,
    }
    return render_to_string("messages/mail.html", shown)
