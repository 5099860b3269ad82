"""Who needs me? What is on today? How are we doing?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator

from candidates.models import Candidate, Note
from scheduling.models import BookingLink, Delivery, EventType, Interview, Message, TimelineEntry
from scheduling.queries import candidates, connections, interviews, links, messages

SILENT_AFTER = timedelta(hours=48)
SOON = timedelta(hours=1)
# Each kind of need shows so many; the rest is behind its link.
SHOWN = 5
WEEKS = 8


@dataclass(frozen=True)
class Need:
    """One thing that waits for a recruiter, and the one button that answers it."""

    kind: str
    title: str
    detail: str
    since: datetime | None
    url: str
    button: str


@dataclass(frozen=True)
class Number:
    """A figure with its last weeks, oldest first, and the rows behind it."""

    label: str
    value: str
    weeks: list[int]
    url: str


@dataclass(frozen=True)
class Step:
    """One step of setting up, which checks itself."""

    label: str
    is_done: bool
    url: str


def needs(now: datetime, connection: connections.ConnectionState) -> list[Need]:
    """Everything that needs a recruiter, by the harm of leaving it."""
    return [
        *_connection_needs(connection),
        *_starting_soon(now),
        *_mail_needs(now),
        *_asked(now),
        *_unmatched(),
        *_canceled(now),
        *_let_down(now),
        *_unmarked(now),
        *_silent(now),
        *_expired(now),
    ]


def agenda(now: datetime) -> dict[str, list[Interview]]:
    """Today's and tomorrow's interviews in the viewer's zone, in order."""
    midnight = interviews.day_bounds(now)[0]
    spans = {"Today": midnight, "Tomorrow": midnight + timedelta(days=1)}
    found = interviews.with_rows(
        Interview.objects.filter(starts_at__gte=midnight, starts_at__lt=midnight + timedelta(days=2))
    ).exclude(state=Interview.State.CANCELED)
    rows = list(found.order_by("starts_at", "pk"))
    return {
        name: [row for row in rows if row.starts_at and start <= row.starts_at < start + timedelta(days=1)]
        for name, start in spans.items()
    }


def numbers(now: datetime) -> list[Number]:
    """Four figures over the last weeks."""
    waiting = links.with_state(BookingLink.objects.all(), now).filter(state__in=["invited", "opened"]).count()
    since = now - timedelta(weeks=WEEKS)
    made = _weekly(BookingLink.objects.filter(created_at__gte=since), "created_at", now)
    booked = _weekly(Interview.objects.filter(attempts__booked_at__gte=since), "attempts__booked_at", now)
    held = _weekly(Interview.objects.filter(state="held", starts_at__gte=since), "starts_at", now)
    missed = _weekly(Interview.objects.filter(state="no_show", starts_at__gte=since), "starts_at", now)
    rates = [round(100 * m / (h + m)) if h + m else 0 for h, m in zip(held, missed, strict=True)]
    total = sum(held) + sum(missed)
    rate = f"{round(100 * sum(missed) / total)} %" if total else "–"
    interview_list = reverse("interview_list")
    return [
        Number("Waiting to book", str(waiting), made, f"{reverse('link_list')}?state=invited"),
        Number("Booked this week", str(booked[-1]), booked, f"{interview_list}?view=upcoming"),
        Number("Held this week", str(held[-1]), held, f"{interview_list}?view=past&outcome=held"),
        Number("Candidate no-shows, eight weeks", rate, rates, f"{interview_list}?view=no_show&outcome=no_show"),
    ]


def checklist(connection: connections.ConnectionState) -> list[Step]:
    """Setting up, as far as it has come; empty once everything is done."""
    calendly = reverse("calendly_settings")
    steps = [
        Step("Connect Calendly", connection.is_live, calendly),
        Step("Read the event types", EventType.objects.exists(), calendly),
        Step("Receive the first delivery", Delivery.objects.exists(), calendly),
        Step("Add a candidate", Candidate.objects.exists(), reverse("candidate_new")),
        Step("Send the first booking link", BookingLink.objects.exists(), reverse("candidate_list")),
        Step("See it booked", Interview.objects.exclude(link=None).exists(), reverse("link_list")),
    ]
    return [] if all(step.is_done for step in steps) else steps


def _weekly(rows: QuerySet[BookingLink] | QuerySet[Interview], field: str, now: datetime) -> list[int]:
    """How many fell in each of the last weeks, oldest first; one query."""
    counts = [0] * WEEKS
    by_day = rows.annotate(on=TruncDate(field)).order_by().values("on").annotate(count=Count("pk"))
    for row in by_day:
        weeks_ago = (timezone.localtime(now).date() - row["on"]).days // 7
        if 0 <= weeks_ago < WEEKS:
            counts[WEEKS - 1 - weeks_ago] += row["count"]
    return counts


def _connection_needs(state: connections.ConnectionState) -> Iterator[Need]:
    if state.needs_action:
        yield Need("connection", state.label, state.detail, None, reverse("calendly_settings"), state.button)


def _starting_soon(now: datetime) -> Iterator[Need]:
    soon = Interview.objects.filter(state=Interview.State.BOOKED, starts_at__gte=now, starts_at__lte=now + SOON)
    for interview in interviews.with_rows(soon).order_by("starts_at")[:SHOWN]:
        hosts = ", ".join(str(host) for host in interview.interviewers.all())
        title = f"{interview.who}: {interview.name}"
        yield Need("soon", title, f"with {hosts}", interview.starts_at, interview.get_absolute_url(), "Open")


def _asked(now: datetime) -> Iterator[Need]:
    """What candidates asked from their page, until one of us, or a booking, has answered."""
    kinds = [TimelineEntry.Kind.TIMES_REFUSED, TimelineEntry.Kind.CHANGE_ASKED]
    booked = [TimelineEntry.Kind.BOOKED, TimelineEntry.Kind.MOVED, TimelineEntry.Kind.CANCELED]
    since = {"candidate": OuterRef("candidate"), "happened_at__gt": OuterRef("happened_at")}
    acted = TimelineEntry.objects.filter(Q(actor__isnull=False) | Q(kind__in=[*booked, *kinds]), **since)
    noted = Note.objects.filter(
        candidate=OuterRef("candidate"), created_at__gt=OuterRef("happened_at"), deleted_at=None
    )
    rows = TimelineEntry.objects.filter(
        ~Exists(acted),
        ~Exists(noted),
        kind__in=kinds,
        happened_at__gte=now - timedelta(days=14),
        candidate__archived_at=None,
    )
    for entry in rows.select_related("candidate", "link__event_type").order_by("-happened_at")[:SHOWN]:
        if entry.candidate is None or entry.link is None:
            continue
        is_refused = entry.kind == TimelineEntry.Kind.TIMES_REFUSED
        said = "finds none of the times for" if is_refused else "asks to change or cancel"
        words = f"{said} {entry.link.event_type}: {Truncator(' '.join(entry.detail.split())).chars(120)}"
        url = reverse("candidate", args=[entry.candidate.pk])
        yield Need(entry.kind, entry.candidate.name, words, entry.happened_at, url, "Answer")


def _unmatched() -> Iterator[Need]:
    for interview in interviews.unmatched()[:SHOWN]:
        detail = f"{interview.current.invitee_email} booked {interview.name} and matches no candidate"
        yield Need("unmatched", interview.who, detail, interview.starts_at, reverse("unmatched"), "Match")


def _mail_needs(now: datetime) -> Iterator[Need]:
    """What did not reach a candidate, or may not have."""
    for message in messages.in_need(now)[:SHOWN]:
        name, page = str(message.candidate), reverse("candidate", args=[message.candidate_id])
        about = message.link.event_type if message.link else message.interview
        what = f"the {message.get_kind_display().lower()} for {about.name if about else ''}"
        page = message.interview.get_absolute_url() if message.interview else page
        url = f"{page}#message-{message.pk}"
        if message.state == Message.State.BOUNCED:
            yield Need("mail_bounced", name, f"{what} came back from {message.to}", message.sent_at, url, "Look")
        elif message.state == Message.State.UNKNOWN:
            yield Need("mail_unknown", name, f"{what} may or may not have been sent", message.created_at, url, "Decide")
        else:
            yield Need("mail_failed", name, f"{what} was not sent", message.created_at, url, "Look")


def _canceled(now: datetime) -> Iterator[Need]:
    """Canceled, and nothing has followed."""
    rows = _nothing_followed(Interview.State.CANCELED, since="attempts__canceled_at", now=now)
    for interview in interviews.with_rows(rows).distinct().order_by("-starts_at")[:SHOWN]:
        current = interview.current
        detail = f"{interview.name} was canceled by {current.canceled_by or 'somebody'}; no new link since"
        url = interviews.book_again_url(interview)
        yield Need("canceled", interview.who, detail, current.canceled_at, url, "Book again")


def _let_down(now: datetime) -> Iterator[Need]:
    """The candidate came, the interviewer did not, and nothing has followed."""
    rows = _nothing_followed(Interview.State.INTERVIEWER_NO_SHOW, since="interviewer_no_show_at", now=now)
    for interview in interviews.with_rows(rows).order_by("-starts_at")[:SHOWN]:
        detail = f"came to {interview.name}, and the interviewer did not; no new link since"
        url = interviews.book_again_url(interview)
        yield Need("let_down", interview.who, detail, interview.starts_at, url, "Book again")


def _nothing_followed(state: Interview.State, *, since: str, now: datetime) -> QuerySet[Interview]:
    """Interviews in this state for up to two weeks, of current candidates with no newer link or interview that stands.

    `since` names the field that says from when.
    """
    again = BookingLink.objects.filter(candidate=OuterRef("candidate"), created_at__gt=OuterRef(since))
    later = Interview.objects.filter(candidate=OuterRef("candidate"), pk__gt=OuterRef("pk")).exclude(state="canceled")
    recent = {f"{since}__gte": now - timedelta(days=14)}
    rows = Interview.objects.filter(~Exists(again), ~Exists(later), state=state, candidate__archived_at=None, **recent)
    return rows.exclude(candidate=None)


def _unmarked(now: datetime) -> Iterator[Need]:
    for interview in interviews.with_rows(interviews.unmarked(now))[:SHOWN]:
        detail = f"{interview.name} is over: did it take place?"
        yield Need(
            "unmarked", interview.who, detail, interview.starts_at, interview.get_absolute_url(), "Say how it went"
        )


def _silent(now: datetime) -> Iterator[Need]:
    rows = links.with_state(BookingLink.objects.filter(created_at__lt=now - SILENT_AFTER), now)
    silent = rows.filter(state__in=["invited", "opened"], candidate__archived_at=None)
    for link in silent.select_related("candidate", "event_type").order_by("created_at")[:SHOWN]:
        said = "opened the link and has not booked" if link.opened_at else "has not opened the link"
        detail = f"{said} for {link.event_type}"
        yield Need("silent", link.candidate.name, detail, link.created_at, _candidate_url(link), "Look")


def _expired(now: datetime) -> Iterator[Need]:
    """Ran out unused within the last weeks, and the candidate has nothing else to go by."""
    rows = links.with_state(BookingLink.objects.filter(expires_at__gte=now - timedelta(days=14)), now)
    stuck = candidates.with_state(Candidate.objects.filter(archived_at=None), now).filter(state="needs_attention")
    expired = rows.filter(state="expired", candidate__in=stuck.values("pk"))
    for link in expired.select_related("candidate", "event_type").order_by("-expires_at")[:SHOWN]:
        detail = f"the link for {link.event_type} ran out unused"
        yield Need("expired", link.candidate.name, detail, link.expires_at, _candidate_url(link), "Send new link")


def _candidate_url(link: BookingLink) -> str:
    return reverse("candidate", args=[link.candidate_id])
