"""The words of a confirmation a candidate asks for: ours, in the language that is active."""

from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from scheduling.models import BookingLink, Interview
from scheduling.services.message_templates import one_line


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
    subject = _("Your interview: %(what)s") % {"what": context["what"]}
    return Confirmation(
        subject=subject[:200],
        text=render_to_string("messages/confirmation.txt", context),
        html=render_to_string("messages/confirmation.html", {**context, "subject": subject}),
    )
