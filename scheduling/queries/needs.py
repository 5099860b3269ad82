"""What waits for a recruiter, in words, each with the one button that answers it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.text import Truncator

from scheduling.models import BookingLink, Message, TimelineEntry
from scheduling.models.addresses import of_row
from scheduling.queries import connections, interviews, loads, today_rows, weeks
from scheduling.queries.today_rows import SHOWN, Rows

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


def read(now: datetime, connection: connections.ConnectionState) -> list[Need]:
    """Everything that needs a recruiter, by the harm of leaving it."""
    return told(today_rows.read(today_rows.found(now, is_due=True)), connection, now)


def told(rows: Rows, connection: connections.ConnectionState, now: datetime) -> list[Need]:
    """The needs these rows are, likewise."""
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


def fit_for(viewer: User, need: Need) -> Need:
    """The need with a button that leads this viewer no further than they may go."""
    takes = TAKES.get(need.kind)
    if takes is None or viewer.has_perm(takes):
        return need
    return replace(need, button="Look", url=need.page or need.url)


def _connection_needs(state: connections.ConnectionState) -> Iterator[Need]:
    if state.needs_action:
        yield Need("connection", state.label, state.detail, None, reverse("calendly_settings"), state.button)


def _starting_soon(rows: Rows) -> Iterator[Need]:
    for interview in rows.of("soon"):
        hosts = ", ".join(interview.host_names)
        title = f"{interview.who}: {interview.name}"
        yield Need("soon", title, f"with {hosts}", interview.starts_at, interview.get_absolute_url(), "Open")


def _cancel_failed(rows: Rows) -> Iterator[Need]:
    """Somebody believes that it is canceled, and it is not."""
    for interview in rows.of("cancel_failed"):
        detail = f"{interview.name} could not be canceled: {interview.cancel_problem or ''}"
        url = f"{interview.get_absolute_url()}#cancel"
        yield Need("cancel_failed", interview.who, detail, interview.starts_at, url, "Look")


def _mail_needs(rows: Rows) -> Iterator[Need]:
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


def _asked(rows: Rows) -> Iterator[Need]:
    for entry in rows.entries_of("asked"):
        if entry.candidate is None or entry.link is None:
            continue
        is_refused = entry.kind == TimelineEntry.Kind.TIMES_REFUSED
        said = "finds none of the times for" if is_refused else "asks to change or cancel"
        words = f"{said} {entry.link.event_type}: {Truncator(' '.join(entry.detail.split())).chars(120)}"
        url = of_row("candidate", entry.candidate.pk)
        yield Need(entry.kind, entry.candidate.name, words, entry.happened_at, url, "Answer")


def _unmatched(rows: Rows) -> Iterator[Need]:
    for interview in rows.of("unmatched"):
        detail = f"{interview.current.invitee_email} booked {interview.name} and matches no candidate"
        yield Need("unmatched", interview.who, detail, interview.starts_at, reverse("unmatched"), "Match")


def _canceled(rows: Rows) -> Iterator[Need]:
    """Canceled, and nothing has followed."""
    for interview in rows.of("canceled"):
        current = interview.current
        # Calendly takes whoever is connected for whoever canceled here.
        by = interview.canceled_here_by or current.canceled_by or "somebody"
        detail = f"{interview.name} was canceled by {by}; no new link since"
        url, page = interviews.book_again_url(interview), interview.get_absolute_url()
        yield Need("canceled", interview.who, detail, current.canceled_at, url, "Book again", page)


def _let_down(rows: Rows) -> Iterator[Need]:
    """The candidate came, the interviewer did not, and nothing has followed."""
    for interview in rows.of("let_down"):
        detail = f"came to {interview.name}, and the interviewer did not; no new link since"
        url, page = interviews.book_again_url(interview), interview.get_absolute_url()
        yield Need("let_down", interview.who, detail, interview.starts_at, url, "Book again", page)


def _next_steps(rows: Rows) -> Iterator[Need]:
    """The plan's next interview, which waits to be sent or could not be."""
    for row in rows.steps_of("next"):
        url = f"{of_row('candidate', row.candidate_id)}#next-{row.pk}"
        if row.problem:
            detail = f"the link for {row.event_type} could not be sent: {row.problem}"
            yield Need("next_failed", row.candidate.name, detail, row.created_at, url, "Look")
        else:
            detail = f"{row.interview.name} was held; {row.event_type} is next"
            yield Need("next", row.candidate.name, detail, row.created_at, url, "Send next")


def _unmarked(rows: Rows) -> Iterator[Need]:
    for interview in rows.of("unmarked"):
        detail = f"{interview.name} is over: did it take place?"
        yield Need(
            "unmarked", interview.who, detail, interview.starts_at, interview.get_absolute_url(), "Say how it went"
        )


def _silent_needs(rows: Rows) -> Iterator[Need]:
    for link in rows.links_of("silent"):
        said = "opened the link and has not booked" if link.opened_at else "has not opened the link"
        detail = f"{said} for {link.event_type}"
        yield Need("silent", link.candidate.name, detail, link.created_at, _candidate_url(link), "Look")


def _expired_needs(rows: Rows) -> Iterator[Need]:
    for link in rows.links_of("expired"):
        detail = f"the link for {link.event_type} ran out unused"
        yield Need("expired", link.candidate.name, detail, link.expires_at, _candidate_url(link), "Send new link")


def _over_limit(now: datetime) -> Iterator[Need]:
    """Interviewers with more than they should have, this week or next."""
    for load, told in loads.over_limit(now=now)[:SHOWN]:
        url = f"{reverse('load')}?week={weeks.Week(load.monday)}"
        yield Need("over_limit", load.host.name, " ".join(told), None, url, "Look")


def _candidate_url(link: BookingLink) -> str:
    return of_row("candidate", link.candidate_id)
