"""The words of messages: which variables there are, what a text may say, and how it becomes a mail.

A template is plain text. `{candidate_name}` and its fellows are replaced in one pass, so that what a value holds is
never read as a variable, and every value is one line of printable text, so that no name can add a header or turn the
direction of what follows.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.utils import timezone

from candidates.models import Candidate
from scheduling.models import BookingLink, EventType, Interview, MessageTemplate

# Variable -> what it stands for, in the order they are listed to people.
VARIABLES = {
    "candidate_name": "The candidate’s whole name",
    "candidate_first_name": "The first word of it",
    "link": "The booking link; alone on a line it becomes a button",
    "event_type": "What kind of interview, as Calendly calls it",
    "duration": "How long it takes, such as “45 minutes”",
    "position": "The position it is about, or “the position” when there is none",
    "company": "Our company’s name",
    "recruiter_name": "Whoever sends it; answers go to their address",
    "last_day": "The last day the link works",
    "time": "When the canceled interview was to begin, where the candidate is",
    "reason": "The reason given for canceling it",
}
ABOUT_LINKS = ("link", "last_day")
ABOUT_CANCELLATIONS = ("time", "reason")
NO_POSITION = "the position"
NO_REASON = "unforeseen circumstances"
LONGEST_VALUE = 200
LONGEST_SUBJECT = 200
# An unused single-use link dies at Calendly after this.
LONGEST_LIFE = timedelta(days=90)
MORNING = timedelta(hours=12)
VARIABLE = re.compile(r"\{([^{}\n]*)\}")
# A brace that begins no variable is nearly always one that was mistyped, and "{{link}}" the habit of other programs; so
# braces are for variables alone, and none is sent as it stands.
STRAY_BRACE = (
    "A brace stands where no variable is. Write variables like {candidate_name}, with one brace on either side; for "
    "anything else use ( ) or [ ]."
)
# Marks that turn the direction of all that follows; letters have their own direction and need none of them.
TURNS = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Facts:
    """What a message is about; `address` is our link's, or a stand-in for one that is not made yet."""

    candidate_name: str
    event_type: str
    duration_min: int
    position: str
    expires_at: datetime | None
    zone: str
    address: str
    sender: User | None
    starts_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class Mail:
    """A message in its final words."""

    subject: str
    text: str
    html: str
    paragraphs: list["Paragraph"]
    address: str


@dataclass(frozen=True)
class Paragraph:
    """A block of lines, or the place of the button."""

    text: str
    is_button: bool = False


def facts_of(link: BookingLink, *, sender: User | None) -> Facts:
    """What a message about this link says."""
    return Facts(
        candidate_name=link.candidate.name,
        event_type=link.event_type.name,
        duration_min=link.event_type.duration_min,
        position=link.position.title if link.position else "",
        expires_at=link.expires_at or link.created_at + LONGEST_LIFE,
        zone=link.candidate.timezone,
        address=link.address,
        sender=sender,
    )


def facts_of_cancellation(interview: Interview, *, reason: str, sender: User | None) -> Facts:
    """What a message about this canceled interview says; it leads nowhere."""
    current = interview.current
    length = (interview.ends_at - interview.starts_at) if interview.ends_at and interview.starts_at else timedelta()
    return Facts(
        candidate_name=interview.who,
        event_type=interview.name,
        duration_min=int(length.total_seconds() // 60),
        position=interview.position.title if interview.position else "",
        expires_at=None,
        zone=current.invitee_timezone or (interview.candidate.timezone if interview.candidate else ""),
        address="",
        sender=sender,
        starts_at=interview.starts_at,
        reason=reason,
    )


def example(
    candidate: Candidate | None,
    *,
    event_type: EventType | None,
    position: str = "",
    expires_at: datetime | None = None,
    sender: User,
) -> Facts:
    """What a message would say about a link that does not exist; its address leads nowhere."""
    return Facts(
        candidate_name=candidate.name if candidate else "Ann Applicant",
        event_type=event_type.name if event_type else "Technical interview",
        duration_min=event_type.duration_min if event_type else 45,
        position=position,
        expires_at=expires_at or timezone.now() + timedelta(days=14),
        zone=candidate.timezone if candidate else "",
        address=f"{settings.SITE_URL}/b/example/",
        sender=sender,
        starts_at=timezone.now().replace(minute=0) + timedelta(days=3),
        reason="The interviewer is ill",
    )


def compose(kind: str, facts: Facts) -> Mail:
    """The saved words of this kind, with these facts."""
    template = MessageTemplate.objects.get(kind=kind)
    return render(template.subject, template.body, facts)


def render(subject: str, body: str, facts: Facts) -> Mail:
    """Put the facts into the words; what is no variable stays as it is written."""
    values = values_of(facts)
    blocks = [block.strip() for block in re.split(r"\n\s*\n", body.replace("\r\n", "\n").strip())]
    paragraphs = [Paragraph(_filled(block, values), is_button=block == "{link}") for block in blocks]
    filled = " ".join(_filled(subject, values).split())[:LONGEST_SUBJECT]
    context = {
        "subject": filled,
        "paragraphs": paragraphs,
        "has_button": any(paragraph.is_button for paragraph in paragraphs),
        "address": facts.address,
        "company": values["company"],
    }
    return Mail(
        subject=filled,
        text="\n\n".join(paragraph.text for paragraph in paragraphs) + "\n",
        html=render_to_string("messages/mail.html", context),
        paragraphs=paragraphs,
        address=facts.address,
    )


def values_of(facts: Facts) -> dict[str, str]:
    """Every variable's value, safe to stand anywhere in a message."""
    name = one_line(facts.candidate_name)
    sender = facts.sender
    values = {
        "candidate_name": name,
        "candidate_first_name": name.split()[0] if name else "",
        "event_type": one_line(facts.event_type),
        "duration": f"{facts.duration_min} minutes",
        "position": one_line(facts.position) or NO_POSITION,
        "company": one_line(settings.COMPANY_NAME),
        "recruiter_name": one_line((sender.get_full_name() or sender.email) if sender else settings.COMPANY_NAME),
        "last_day": _day(facts),
        "time": _time(facts),
        "reason": one_line(facts.reason) or NO_REASON,
    }
    return {**values, "link": facts.address}


def variables_of(kind: str) -> list[str]:
    """What the words of this kind may say."""
    others = ABOUT_LINKS if kind == MessageTemplate.Kind.CANCELLATION else ABOUT_CANCELLATIONS
    return [name for name in VARIABLES if name not in others]


def problems_of(text: str, *, kind: str, needs_link: bool = False) -> list[str]:
    """What is wrong with a subject or a body, in words for whoever wrote it."""
    known = variables_of(kind)
    unknown = sorted({name for name in VARIABLE.findall(text) if name not in known})
    found = [f"There is no variable {{{name[:60]}}}. Choose one from the list." for name in unknown]
    if re.search("[{}]", VARIABLE.sub("", text)):
        found.append(STRAY_BRACE)
    if needs_link and "{link}" not in text:
        found.append("The text needs {link}, or the candidate gets no booking link.")
    return found


def one_line(text: str, *, longest: int = LONGEST_VALUE) -> str:
    """A value without line breaks, control characters and marks that turn the direction, and not too long."""
    spaced = "".join(" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in text)
    line = " ".join(TURNS.sub("", spaced).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _filled(text: str, values: dict[str, str]) -> str:
    return VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)


def _day(facts: Facts) -> str:
    """The last day in the candidate's zone, else in ours, that is more than a morning.

    A link ends at midnight where the recruiter is; whoever is told the day it ends on has most of that day.
    """
    if facts.expires_at is None:
        return ""
    last = facts.expires_at.astimezone(_zone(facts)) - MORNING
    return f"{last:%A} {last.day} {last:%B %Y}"


def _time(facts: Facts) -> str:
    """As in "Thursday 26 November 2026, 14:00 (Europe/Berlin)"."""
    if facts.starts_at is None:
        return ""
    zone = _zone(facts)
    start = facts.starts_at.astimezone(zone)
    return f"{start:%A} {start.day} {start:%B %Y, %H:%M} ({zone.key})"


def _zone(facts: Facts) -> ZoneInfo:
    """The candidate's, else ours."""
    try:
        return ZoneInfo(facts.zone)
    # Empty, or a name from elsewhere that our database does not have.
    except (ValueError, ZoneInfoNotFoundError):
        return ZoneInfo(timezone.get_current_timezone_name())
