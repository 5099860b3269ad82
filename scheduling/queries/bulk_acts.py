"""What can be done to many rows at once: to which of them, and why not to the others."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet

from candidates.models import Candidate
from scheduling.models import BookingLink, BulkRun, Interview, Message
from scheduling.queries import candidates, interviews, links, messages
from scheduling.queries.tables import CANDIDATES, INTERVIEWS, LINKS, Table

Why = Callable[[Any, datetime], str]
State = Interview.State
# Names given of those left out for one reason; the rest is a number.
NAMED = 5


@dataclass(frozen=True)
class Act:
    """One act: `why_not` says why a row as `rows` brings it is left out, or nothing."""

    name: BulkRun.Act
    table: Table
    permission: str
    note: str
    done: str
    icon: str
    why_not: Why
    is_harsh: bool = False

    @property
    def words(self) -> str:
        return str(self.name.label)

    @property
    def short(self) -> str:
        """Without the noun, for a bar above rows of that noun."""
        return self.words.removesuffix(f" {self.table.name}").removeprefix("Mark as ").capitalize()


def _link_is_open(link: Any) -> str:
    return {
        "invited": "",
        "opened": "",
        "expired": "The link has run out.",
        "withdrawn": "The link is withdrawn.",
    }.get(link.state, "The link has been booked.")


def _not_to_nudge(link: Any, now: datetime) -> str:
    if link.candidate.is_archived:
        return "The candidate is archived."
    if link.has_mail_under_way:
        return _link_is_open(link) or "A mail about it is on its way."
    return _link_is_open(link) or ("They got a mail about it a moment ago." if link.has_mail_lately else "")


def _not_to_withdraw(link: Any, now: datetime) -> str:
    return _link_is_open(link)


def _not_to_cancel(interview: Any, now: datetime) -> str:
    if interview.state not in (State.BOOKED, State.HELD):
        return "It is not booked any more."
    if interview.ends_at is not None and interview.ends_at < now:
        return "It is over; Calendly cannot cancel it."
    return "A cancellation is under way already." if interview.is_being_canceled else ""


def _not_begun(interview: Any, now: datetime) -> str:
    return "It has not started yet." if interview.starts_at is None or interview.starts_at > now else ""


def _no_no_show(interview: Any, now: datetime) -> str:
    if interview.state == State.NO_SHOW:
        return "It is marked already."
    if interview.state not in (State.BOOKED, State.HELD):
        return "It is not booked any more."
    return _not_begun(interview, now)


def _not_held(interview: Any, now: datetime) -> str:
    if interview.state == State.HELD:
        return "It is marked already."
    return "It is not booked any more." if interview.state != State.BOOKED else _not_begun(interview, now)


def _not_to_invite(candidate: Candidate, now: datetime) -> str:
    return "The candidate is archived." if candidate.is_archived else ""


def _archived(candidate: Candidate, now: datetime) -> str:
    return "Archived already." if candidate.is_archived else ""


def _not_archived(candidate: Candidate, now: datetime) -> str:
    return "" if candidate.is_archived else "Not in the archive."


def _any(row: object, now: datetime) -> str:
    return ""


EDITING = "candidates.change_candidate"
MARKING = "scheduling.change_interview"
ACTS = {
    act.name.value: act
    for act in (
        Act(
            BulkRun.Act.INVITE,
            CANDIDATES,
            "scheduling.add_bookinglink",
            "Each gets a single-use link of their own.",
            "made",
            "send",
            _not_to_invite,
        ),
        Act(
            BulkRun.Act.NUDGE,
            LINKS,
            "scheduling.add_message",
            "Each candidate gets one reminder with their link.",
            "reminded",
            "mail",
            _not_to_nudge,
        ),
        Act(
            BulkRun.Act.WITHDRAW,
            LINKS,
            "scheduling.change_bookinglink",
            "Their addresses stop leading to Calendly. That cannot be undone; new links can be made.",
            "withdrawn",
            "link-2-off",
            _not_to_withdraw,
            is_harsh=True,
        ),
        Act(
            BulkRun.Act.HELD,
            INTERVIEWS,
            MARKING,
            "You say that they took place. Calendly is not told.",
            "marked as held",
            "check",
            _not_held,
        ),
        Act(
            BulkRun.Act.NO_SHOW,
            INTERVIEWS,
            MARKING,
            "Each is marked at Calendly; interviewers who did not come are marked on the interview’s own page.",
            "marked as candidate no-show",
            "user-x",
            _no_no_show,
        ),
        Act(
            BulkRun.Act.CANCEL,
            INTERVIEWS,
            MARKING,
            "With one reason for all. It can be undone for some seconds before Calendly hears of it.",
            "canceled",
            "calendar-x",
            _not_to_cancel,
            is_harsh=True,
        ),
        Act(
            BulkRun.Act.OWNER,
            CANDIDATES,
            EDITING,
            "Somebody else looks after them from now on.",
            "handed over",
            "user-check",
            _any,
        ),
        Act(
            BulkRun.Act.TAG,
            CANDIDATES,
            EDITING,
            "A tag that is new is made.",
            "tagged",
            "tag",
            _any,
        ),
        Act(
            BulkRun.Act.UNTAG,
            CANDIDATES,
            EDITING,
            "The tag stays with everybody else.",
            "freed of the tag",
            "tags",
            _any,
        ),
        Act(
            BulkRun.Act.ARCHIVE,
            CANDIDATES,
            EDITING,
            "They keep their history and are found in the archive. Interviews that are booked stay booked.",
            "archived",
            "archive",
            _archived,
        ),
        Act(
            BulkRun.Act.RESTORE,
            CANDIDATES,
            EDITING,
            "They come back from the archive as they were.",
            "restored",
            "archive-restore",
            _not_archived,
        ),
    )
}


def offered(table: Table, viewer: User, *, in_archive: bool = False) -> list[Act]:
    """The acts somebody may do to a table's rows; some make no sense in the archive, or outside it."""
    pointless = (BulkRun.Act.ARCHIVE, BulkRun.Act.INVITE) if in_archive else (BulkRun.Act.RESTORE,)
    ours = [act for act in ACTS.values() if act.table is table and act.name not in pointless]
    return [act for act in ours if viewer.has_perm(act.permission)]


def rows(act: Act, pks: Iterable[int], now: datetime) -> "QuerySet[Any]":
    """These rows with what the act is judged by, in a fixed number of queries."""
    if act.table is LINKS:
        mails = Message.objects.filter(link=OuterRef("pk"))
        found = links.with_state(BookingLink.objects.filter(pk__in=pks), now).annotate(
            has_mail_under_way=Exists(mails.filter(messages.UNDER_WAY)),
            has_mail_lately=Exists(mails.filter(messages.lately(now))),
        )
        return found.select_related("candidate", "event_type", "position").order_by("candidate__sort_name", "pk")
    if act.table is INTERVIEWS:
        return interviews.with_rows(Interview.objects.filter(pk__in=pks)).order_by("starts_at", "pk")
    return candidates.with_state(Candidate.objects.filter(pk__in=pks), now).order_by("sort_name", "pk")


@dataclass(frozen=True)
class Preview:
    """What an act would do: the rows it fits, and per reason how many are left out and some of their names."""

    fitting: list[Any]
    left_out: list[tuple[str, int, list[str]]]


def preview(act: Act, pks: Iterable[int], now: datetime) -> Preview:
    """Judge every row."""
    fitting: list[Any] = []
    reasons: dict[str, list[str]] = {}
    for row in rows(act, pks, now):
        if why := act.why_not(row, now):
            reasons.setdefault(why, []).append(name_of(row))
        else:
            fitting.append(row)
    return Preview(fitting, [(why, len(names), names[:NAMED]) for why, names in reasons.items()])


def name_of(row: Any) -> str:
    """Whose row it is."""
    if isinstance(row, Interview):
        return row.who
    return str(row.candidate.name if isinstance(row, BookingLink) else row.name)
