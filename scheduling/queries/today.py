"""Who needs me? What is on today? How are we doing?"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.auth.models import User
from django.db.models import CharField, Exists, Model, OuterRef, Q, QuerySet, Value
from django.urls import reverse
from django.utils.text import Truncator

from candidates.models import Candidate, Note
from scheduling.models import BookingLink, Interview, Message, NextStep, TimelineEntry
from scheduling.queries import (
    cancellations,
    candidates,
    connections,
    interviews,
    links,
    loads,
    messages,
    numbers,
    plans,
    weeks,
)
from scheduling.queries.by_ids import ByIds, rows_by_ids
from scheduling.queries.compiled import Compiled, Given, Moment
from scheduling.queries.numbers import Number, Step
from scheduling.queries.standings import due, noted

if TYPE_CHECKING:
    from scheduling.queries.interviews import OutlinedInterview

Row = TypeVar("Row", bound=Model)
# Kinds that are no interviews.
APART = ("mail", "next", "asked")
# Requests are shown by their interview.
BY_INTERVIEW = ("cancel_failed",)
# What is looked for in several ways, and what it is.
OF_LINKS = {"silent": ("silent", "silent_opened", "silent_due"), "expired": ("expired", "expired_due")}
SILENT_AFTER = timedelta(hours=48)
SOON = timedelta(hours=1)
LATELY = timedelta(days=14)
# What answering a kind of need takes (docs/architecture.md, "Who may do what"); the others are only looked at.
TAKES = {
    "connection": "scheduling.change_connection",
    "times_refused": "scheduling.add_bookinglink",
    "change_asked": "scheduling.add_bookinglink",
    "mail_unknown": "scheduling.change_message",
    "unmatched": "scheduling.change_interview",
    "canceled": "scheduling.add_bookinglink",
    "let_down": "scheduling.add_bookinglink",
    "next": "scheduling.add_bookinglink",
    "unmarked": "scheduling.change_interview",
    "expired": "scheduling.add_bookinglink",
}
# Each kind of need shows so many; the rest is behind its link.
SHOWN = 5
# Two days with more are no time line any more; the interviews' page has them all.
MOST_ON = 500


@dataclass(frozen=True)
class Need:
    """One thing that waits for a recruiter, and the one button that answers it; `page` shows it, where that is not what
    the button opens."""

    kind: str
    title: str
    detail: str
    since: datetime | None
    url: str
    button: str
    page: str = ""


@dataclass(frozen=True)
class Today:
    """What the page shows; `agenda` holds the interviews by day."""

    needs: list["Need"]
    agenda: dict[str, list[Interview]]
    numbers: list[Number]
    checklist: list[Step]


def read(now: datetime, connection: connections.ConnectionState, viewer: User, *, newest: int) -> Today:
    """Everything the page shows, in at most eight queries however much there is.

    First all figures; then the ids of all rows it names, in one query of many parts, with a second while notes are due;
    then the rows by their kind.
    """
    figures = numbers.read(now, viewer, newest=newest)
    rows = _rows(_found(now, is_due=figures.is_due))
    days = _days(now, rows.interviews)
    found = [_fit_for(viewer, need) for need in _needs(rows, connection, now)]
    return Today(found, days, numbers.numbers(figures), numbers.checklist(figures, connection))


def needs(now: datetime, connection: connections.ConnectionState) -> list[Need]:
    """Everything that needs a recruiter, by the harm of leaving it."""
    return _needs(_rows(_found(now, is_due=True)), connection, now)


@dataclass(frozen=True)
class _Rows:
    """What was found, by kind, in order."""

    found: dict[str, list[int]]
    interviews: "dict[int, OutlinedInterview]"
    links: dict[int, BookingLink]
    messages: dict[int, Message]
    steps: dict[int, NextStep]
    entries: dict[int, TimelineEntry]

    def of(self, kind: str) -> "list[OutlinedInterview]":
        return [self.interviews[pk] for pk in self.found[kind] if pk in self.interviews]

    def steps_of(self, kind: str) -> list[NextStep]:
        return [self.steps[pk] for pk in self.found[kind] if pk in self.steps]

    def entries_of(self, kind: str) -> list[TimelineEntry]:
        return [self.entries[pk] for pk in self.found[kind] if pk in self.entries]

    def links_of(self, *kinds: str) -> list[BookingLink]:
        return [self.links[pk] for kind in kinds for pk in self.found[kind] if pk in self.links]


def _found(now: datetime, *, is_due: bool) -> dict[str, list[int]]:
    """Which rows need somebody or are on today, by kind; one query, and one more for what the notes do not say yet."""
    found: dict[str, list[int]] = defaultdict(list)
    for asked in (_FOUND, _FOUND_DUE) if is_due else (_FOUND,):
        for kind, pk in asked.ask(now=now, midnight=interviews.day_bounds(now)[0]):
            found[kind].append(pk)
    return found


def _kinds(now: Moment, midnight: Moment) -> "dict[str, QuerySet[Any]]":
    """What is looked for, by kind; `midnight` is where today begins for the viewer."""
    on = Interview.objects.filter(starts_at__gte=midnight, starts_at__lt=midnight + timedelta(days=2))
    soon = Interview.objects.filter(state=Interview.State.BOOKED, starts_at__gte=now, starts_at__lte=now + SOON)
    return {
        "on": on.exclude(state=Interview.State.CANCELED).order_by("starts_at", "pk")[:MOST_ON],
        "soon": soon.order_by("starts_at", "pk")[:SHOWN],
        "cancel_failed": cancellations.in_need(now)[:SHOWN],
        "mail": messages.in_need(now)[:SHOWN],
        "asked": _asks(now)[:SHOWN],
        "unmatched": Interview.objects.filter(candidate=None).order_by("starts_at", "pk")[:SHOWN],
        "canceled": _nothing_followed(Interview.State.CANCELED, since="canceled_at", now=now)[:SHOWN],
        "let_down": _nothing_followed(Interview.State.INTERVIEWER_NO_SHOW, since="interviewer_no_show_at", now=now)[
            :SHOWN
        ],
        "next": plans.to_decide()[:SHOWN],
        "unmarked": interviews.unmarked(now)[:SHOWN],
        "silent": _silent("invited", now)[:SHOWN],
        "silent_opened": _silent("opened", now)[:SHOWN],
        "expired": _expired(now)[:SHOWN],
    }


def _kinds_due(now: Moment) -> "dict[str, QuerySet[Any]]":
    """What is derived as long as notes are due; to plan it takes PostgreSQL as long as all the rest."""
    return {"silent_due": _silent_due(now)[:SHOWN], "expired_due": _expired_due(now)[:SHOWN]}


def _named(kinds: "dict[str, QuerySet[Any]]") -> "Iterator[QuerySet[Any, Any]]":
    """The kind and the id of each."""
    for kind, rows in kinds.items():
        yield rows.values_list(Value(kind, output_field=CharField()), "interview" if kind in BY_INTERVIEW else "pk")


_FOUND = Compiled(lambda: _named(_kinds(Given("now"), Given("midnight"))), is_planned_once=True)
_FOUND_DUE = Compiled(lambda: _named(_kinds_due(Given("now"))))


def _rows(found: dict[str, list[int]]) -> _Rows:
    """The rows of these ids, and each kind's ids in the order it is shown in."""
    of_links = [kind for kinds in OF_LINKS.values() for kind in kinds]
    link_ids = {pk for kind in of_links for pk in found[kind]}
    interview_ids = {pk for kind in found if kind not in (*of_links, *APART) for pk in found[kind]}
    rows = _Rows(
        defaultdict(list),
        interviews=_by_id(interviews.outlined(list(interview_ids))),
        links=_by_id(_LINKS(list(link_ids))),
        messages=_by_id(_MESSAGES(found["mail"])),
        steps=_by_id(_STEPS(found["next"])),
        entries=_by_id(_ENTRIES(found["asked"])),
    )
    for kind, ids in found.items():
        rows.found[kind] = sorted(ids, key=lambda pk, kind=kind: _place(rows, kind, pk))  # type: ignore[misc]
    for name, kinds in OF_LINKS.items():
        these = {pk for kind in kinds for pk in found[kind]}
        rows.found[name] = sorted(these, key=lambda pk, name=name: _place(rows, name, pk))[:SHOWN]  # type: ignore[misc]
    return rows


def _by_id(rows: list[Row]) -> dict[int, Row]:
    return {row.pk: row for row in rows}


def _related(model: type[Row], *names: str) -> ByIds[Row]:
    return rows_by_ids(lambda ids: model._default_manager.filter(pk__in=ids).select_related(*names).order_by())


_LINKS = _related(BookingLink, "candidate", "event_type")
_MESSAGES = _related(Message, "candidate", "link__event_type", "interview")
_STEPS = _related(NextStep, "candidate", "event_type", "interview")
_ENTRIES = _related(TimelineEntry, "candidate", "link__event_type")


def _place(rows: _Rows, kind: str, pk: int) -> tuple[float, int]:
    """Where a row stands among its kind: what comes or waits first first, what happened last first."""
    at: datetime | None
    if kind == "mail":
        return -rows.messages[pk].created_at.timestamp(), -pk
    if kind == "asked":
        return -rows.entries[pk].happened_at.timestamp(), -pk
    if kind == "next":
        return rows.steps[pk].created_at.timestamp(), pk
    if kind.startswith("expired"):
        at = rows.links[pk].expires_at
        return -(at.timestamp() if at else 0), -pk
    if kind.startswith("silent"):
        return rows.links[pk].created_at.timestamp(), pk
    row = rows.interviews[pk]
    newest = {"canceled": row.canceled_at, "let_down": row.interviewer_no_show_at, "unmarked": row.starts_at}
    at = newest.get(kind, row.starts_at)
    seconds = at.timestamp() if at else 0.0
    return (-seconds, -pk) if kind in newest else (seconds, pk)


def _needs(rows: _Rows, connection: connections.ConnectionState, now: datetime) -> list[Need]:
    return [
        *_connection_needs(connection),
        *_starting_soon(rows),
        *_cancel_failed(rows),
        *_mail_needs(rows),
        *_asked(rows),
        *_unmatched(rows),
        *_canceled(rows),
        *_let_down(rows),
        *_next_steps(rows),
        *_unmarked(rows),
        *_silent_needs(rows),
        *_expired_needs(rows),
        *_over_limit(now),
    ]


def _fit_for(viewer: User, need: Need) -> Need:
    """The need with a button that leads this viewer no further than they may go."""
    takes = TAKES.get(need.kind)
    if takes is None or viewer.has_perm(takes):
        return need
    return replace(need, button="Look", url=need.page or need.url)


def _days(now: datetime, rows: "dict[int, OutlinedInterview]") -> "dict[str, list[Interview]]":
    """Today's and tomorrow's interviews in the viewer's zone, in order."""
    midnight = interviews.day_bounds(now)[0]
    spans = {"Today": midnight, "Tomorrow": midnight + timedelta(days=1)}
    standing = [row for row in rows.values() if row.starts_at and row.state != Interview.State.CANCELED]
    standing.sort(key=lambda row: (row.starts_at, row.pk))
    return {
        name: [row for row in standing if row.starts_at and start <= row.starts_at < start + timedelta(days=1)]
        for name, start in spans.items()
    }


def _connection_needs(state: connections.ConnectionState) -> Iterator[Need]:
    if state.needs_action:
        yield Need("connection", state.label, state.detail, None, reverse("calendly_settings"), state.button)


def _starting_soon(rows: _Rows) -> Iterator[Need]:
    for interview in rows.of("soon"):
        hosts = ", ".join(interview.host_names)
        title = f"{interview.who}: {interview.name}"
        yield Need("soon", title, f"with {hosts}", interview.starts_at, interview.get_absolute_url(), "Open")


def _cancel_failed(rows: _Rows) -> Iterator[Need]:
    """Somebody believes that it is canceled, and it is not."""
    for interview in rows.of("cancel_failed"):
        detail = f"{interview.name} could not be canceled: {interview.cancel_problem or ''}"
        url = f"{interview.get_absolute_url()}#cancel"
        yield Need("cancel_failed", interview.who, detail, interview.starts_at, url, "Look")


def _asked(rows: _Rows) -> Iterator[Need]:
    for entry in rows.entries_of("asked"):
        if entry.candidate is None or entry.link is None:
            continue
        is_refused = entry.kind == TimelineEntry.Kind.TIMES_REFUSED
        said = "finds none of the times for" if is_refused else "asks to change or cancel"
        words = f"{said} {entry.link.event_type}: {Truncator(' '.join(entry.detail.split())).chars(120)}"
        url = reverse("candidate", args=[entry.candidate.pk])
        yield Need(entry.kind, entry.candidate.name, words, entry.happened_at, url, "Answer")


def _asks(now: Moment) -> QuerySet[TimelineEntry]:
    """What candidates asked from their page, until one of us, or a booking, has answered."""
    asked = [TimelineEntry.Kind.TIMES_REFUSED, TimelineEntry.Kind.CHANGE_ASKED]
    booked = [TimelineEntry.Kind.BOOKED, TimelineEntry.Kind.MOVED, TimelineEntry.Kind.CANCELED]
    since = {"candidate": OuterRef("candidate"), "happened_at__gt": OuterRef("happened_at")}
    acted = TimelineEntry.objects.filter(Q(actor__isnull=False) | Q(kind__in=[*booked, *asked]), **since)
    written = Note.objects.filter(
        candidate=OuterRef("candidate"), created_at__gt=OuterRef("happened_at"), deleted_at=None
    )
    rows = TimelineEntry.objects.filter(
        ~Exists(acted),
        ~Exists(written),
        kind__in=asked,
        happened_at__gte=now - LATELY,
        candidate__archived_at=None,
    )
    return rows.order_by("-happened_at", "-pk")


def _unmatched(rows: _Rows) -> Iterator[Need]:
    for interview in rows.of("unmatched"):
        detail = f"{interview.current.invitee_email} booked {interview.name} and matches no candidate"
        yield Need("unmatched", interview.who, detail, interview.starts_at, reverse("unmatched"), "Match")


def _mail_needs(rows: _Rows) -> Iterator[Need]:
    """What did not reach a candidate, or may not have."""
    for message in (rows.messages[pk] for pk in rows.found["mail"]):
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


def _canceled(rows: _Rows) -> Iterator[Need]:
    """Canceled, and nothing has followed."""
    for interview in rows.of("canceled"):
        current = interview.current
        # Calendly takes whoever is connected for whoever canceled here.
        by = interview.canceled_here_by or current.canceled_by or "somebody"
        detail = f"{interview.name} was canceled by {by}; no new link since"
        url, page = interviews.book_again_url(interview), interview.get_absolute_url()
        yield Need("canceled", interview.who, detail, current.canceled_at, url, "Book again", page)


def _let_down(rows: _Rows) -> Iterator[Need]:
    """The candidate came, the interviewer did not, and nothing has followed."""
    for interview in rows.of("let_down"):
        detail = f"came to {interview.name}, and the interviewer did not; no new link since"
        url, page = interviews.book_again_url(interview), interview.get_absolute_url()
        yield Need("let_down", interview.who, detail, interview.starts_at, url, "Book again", page)


def _nothing_followed(state: Interview.State, *, since: str, now: Moment) -> QuerySet[Interview]:
    """Interviews in this state for up to two weeks, of current candidates with no newer link or interview that stands.

    `since` names the field that says from when; the newest come first.
    """
    again = BookingLink.objects.filter(candidate=OuterRef("candidate"), created_at__gt=OuterRef(since))
    later = Interview.objects.filter(candidate=OuterRef("candidate"), pk__gt=OuterRef("pk")).exclude(state="canceled")
    recent = {f"{since}__gte": now - LATELY}
    rows = Interview.objects.filter(~Exists(again), ~Exists(later), state=state, candidate__archived_at=None, **recent)
    return rows.exclude(candidate=None).order_by(f"-{since}")


def _next_steps(rows: _Rows) -> Iterator[Need]:
    """The plan's next interview, which waits to be sent or could not be."""
    for row in rows.steps_of("next"):
        url = f"{reverse('candidate', args=[row.candidate_id])}#next-{row.pk}"
        if row.problem:
            detail = f"the link for {row.event_type} could not be sent: {row.problem}"
            yield Need("next_failed", row.candidate.name, detail, row.created_at, url, "Look")
        else:
            detail = f"{row.interview.name} was held; {row.event_type} is next"
            yield Need("next", row.candidate.name, detail, row.created_at, url, "Send next")


def _unmarked(rows: _Rows) -> Iterator[Need]:
    for interview in rows.of("unmarked"):
        detail = f"{interview.name} is over: did it take place?"
        yield Need(
            "unmarked", interview.who, detail, interview.starts_at, interview.get_absolute_url(), "Say how it went"
        )


def _silent(standing: str, now: Moment) -> QuerySet[BookingLink]:
    """Links still open, by their note, though days have passed; the oldest first."""
    rows = BookingLink.objects.filter(noted(now), standing=standing, created_at__lt=now - SILENT_AFTER)
    return rows.filter(candidate__archived_at=None).order_by("created_at", "pk")


def _silent_due(now: Moment) -> QuerySet[BookingLink]:
    """The same of those whose note is due, in the order of that: for another SQLite would read all links."""
    rows = links.with_state(BookingLink.objects.filter(due(now), created_at__lt=now - SILENT_AFTER), now)
    return rows.filter(state__in=links.OPEN, candidate__archived_at=None).order_by("standing_until", "pk")


def _silent_needs(rows: _Rows) -> Iterator[Need]:
    for link in rows.links_of("silent"):
        said = "opened the link and has not booked" if link.opened_at else "has not opened the link"
        detail = f"{said} for {link.event_type}"
        yield Need("silent", link.candidate.name, detail, link.created_at, _candidate_url(link), "Look")


def _expired(now: Moment) -> QuerySet[BookingLink]:
    """Ran out unused within the last weeks, and the candidate has nothing else to go by; both by their notes."""
    stuck = Candidate.objects.filter(noted(now), standing="needs_attention", archived_at=None, pk=OuterRef("candidate"))
    lately = BookingLink.objects.filter(noted(now), standing="expired", expires_at__gte=now - LATELY)
    return lately.filter(Exists(stuck), expires_at__lte=now).order_by("-expires_at", "-pk")


def _expired_due(now: Moment) -> QuerySet[BookingLink]:
    """The same where the note of the link or of the candidate is due."""
    lately = BookingLink.objects.filter(expires_at__gte=now - LATELY, expires_at__lte=now)
    # Whatever the note says of a link that ran out, for the index.
    lately = lately.filter(standing__in=["expired", *links.OPEN, ""])
    is_due = due(now) | Q(Exists(Candidate.objects.filter(due(now), pk=OuterRef("candidate"))))
    person = candidates.with_state(Candidate.objects.filter(pk=OuterRef("candidate"), archived_at=None), now)
    stuck = Exists(person.filter(state="needs_attention"))
    return links.with_state(lately.filter(is_due), now).filter(stuck, state="expired").order_by("-expires_at", "-pk")


def _expired_needs(rows: _Rows) -> Iterator[Need]:
    for link in rows.links_of("expired"):
        detail = f"the link for {link.event_type} ran out unused"
        yield Need("expired", link.candidate.name, detail, link.expires_at, _candidate_url(link), "Send new link")


def _over_limit(now: datetime) -> Iterator[Need]:
    """Interviewers with more than they should have, this week or next."""
    for load, told in loads.over_limit(now=now)[:SHOWN]:
        url = f"{reverse('load')}?week={weeks.Week(load.monday)}"
        yield Need("over_limit", load.host.name, " ".join(told), None, url, "Look")


def _candidate_url(link: BookingLink) -> str:
    return reverse("candidate", args=[link.candidate_id])
