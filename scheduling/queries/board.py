"""Candidates as a board: a column for each state, in it who has been there longest."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from candidates.models import Candidate
from scheduling.models import BookingLink, Interview, TimelineEntry
from scheduling.models.addresses import of_row
from scheduling.queries import told
from scheduling.queries.by_ids import Places, rows_by_ids
from scheduling.queries.candidate_search import Search, Shape
from scheduling.queries.candidates import NAMES, STATES, with_state
from scheduling.queries.compiled import Compiled, Given, Moment
from scheduling.queries.keyset import MOST_COUNTED, count_words
from scheduling.queries.standings import OfEachState, due, noted

# Cards of one column; the rest is in the list.
MOST_CARDS = 8
# Only time and rows just saved make a note due, so there are few.
MOST_DUE = 500
# Whom a search that is laid out must have `first`.
CHOSEN = OfEachState(tuple(STATES), MOST_CARDS, most_due=MOST_DUE)
Kind = TimelineEntry.Kind
# What puts a candidate into another state; what is only written down, such as mails and notes, does not.
TURNS = [
    Kind.LINK_MADE,
    Kind.LINK_OPENED,
    Kind.LINK_WITHDRAWN,
    Kind.BOOKED,
    Kind.MOVED,
    Kind.CANCELED,
    Kind.NO_SHOW_MARKED,
    Kind.NO_SHOW_UNDONE,
    Kind.ABSENCE_MARKED,
    Kind.ABSENCE_UNDONE,
    Kind.HELD,
    Kind.HELD_UNDONE,
    Kind.ATTACHED,
]


# What is sent to whom nothing is open for.
NEXT = {
    **dict.fromkeys(("canceled", "no_show", "interviewer_no_show"), ("Book again", "for")),
    "held": ("Next interview", "for"),
}


@dataclass(frozen=True)
class Act:
    """The one button of a card: its words, the rest of them for whoever does not see the card, and where it leads."""

    words: str
    rest: str
    url: str
    is_post: bool = False


@dataclass(frozen=True)
class Column:
    """One state: how many are in it, where that was counted, and the first of them."""

    state: str
    words: str
    count: int | None
    cards: list[Any]

    @property
    def count_words(self) -> str:
        return count_words(self.count)

    @property
    def more_words(self) -> str:
        """How many are not shown; empty when all are."""
        if self.count is None:
            return "" if len(self.cards) < MOST_CARDS else "All"
        more = self.count - len(self.cards)
        if more <= 0:
            return ""
        return f"{more:,} more" if self.count <= MOST_COUNTED else f"{MOST_COUNTED - len(self.cards):,}+ more"


def laid_out(search: Search, *, state: str, viewer: User, now: datetime) -> list[Column]:
    """Whom a search finds by state, with `since` and the viewer's `act` on each; two queries besides the search's, and
    one more where it does not find its `CHOSEN` anyway.

    Who is shown is chosen by the notes, which an index has in order; what is shown of them is derived. `state` leaves
    one column.
    """
    shown = [name for name in STATES if not state or name == state]
    counts, ids = search.counts, search.first_ids()
    if ids is None:
        ids = [pk for (pk,) in _on_walks(search.shape, tuple(shown)).ask(**search.given)]
    by_state: dict[str, list[Any]] = {name: [] for name in shown}
    for card in sorted(_CARDS(ids, now=now), key=lambda card: (card.since, card.pk)):
        if card.state in by_state and len(by_state[card.state]) < MOST_CARDS:
            by_state[card.state].append(card)
    cards = [card for of_state in by_state.values() for card in of_state]
    NAMES.give(cards)
    may_mark, may_send = (viewer.has_perm(f"scheduling.{name}") for name in ("change_interview", "add_bookinglink"))
    for card in cards:
        card.act = _act(card, may_mark=may_mark, may_send=may_send)
    return [Column(name, STATES[name], counts.of(name), by_state[name]) for name in shown]


def _act(card: Any, *, may_mark: bool, may_send: bool) -> Act | None:
    """What comes next for somebody; nothing for who may not, and for the archive."""
    if card.state == "needs_attention" and card.unmarked_id and may_mark:
        return Act("Say how it went", f"with {card.name}", of_row("interview", card.unmarked_id))
    if card.state == "booked" and card.last_interview_id:
        return Act("Open interview", f"with {card.name}", of_row("interview", card.last_interview_id))
    if card.is_archived or not may_send:
        return None
    if card.open_link_id and card.state != "held":
        url = of_row("link_remind", card.open_link_id)
        return Act("Remind", f"{card.name} by e-mail", url, is_post=True)
    words, rest = NEXT.get(card.state, ("Send link", "to"))
    return Act(words, f"{rest} {card.name}", f"{of_row('candidate', card.pk)}#send")


@lru_cache(maxsize=256)
def _on_walks(shape: Shape, states: tuple[str, ...]) -> Compiled:
    """The ids of the first of each state, by their notes, along its index; and of those whose note is due."""
    conditions, now = shape.conditions, Given("now")

    def parts() -> "Iterator[QuerySet[Any, Any]]":
        plain = shape.rows().filter(conditions.met(None)).order_by().values_list("pk")
        for name in states:
            yield plain.filter(noted(now), standing=name).order_by("standing_since", "pk")[:MOST_CARDS]
        # In their index's order; for another SQLite would read everybody.
        yield plain.filter(due(now)).order_by("standing_until", "pk")[:MOST_DUE]

    # Whether to walk to those who meet a condition, or are somebody's own, depends on how many they are.
    return Compiled(parts, is_planned_once=not conditions.names and not shape.is_mine)


# What a card tells.
_TOLD = (*told.CANDIDATE, *told.of("owner", told.PERSON))


def _cards(ids: Places) -> "QuerySet[Any]":
    now = Given("now")
    cards = with_turn(with_state(Candidate.objects.filter(pk__in=ids), now), now)
    return cards.select_related("owner").only(*_TOLD).order_by()


_CARDS = rows_by_ids(_cards)


def with_turn(rows: "QuerySet[Any]", now: Moment) -> "QuerySet[Any]":
    """Annotate `since`, when each candidate came into their state, and what their next act is about.

    That is the newest entry of the time line which changes states; what time alone did, an interview that is over or a
    link that ran out, is at that moment.
    """
    of = {"candidate": OuterRef("pk")}
    turn = TimelineEntry.objects.filter(**of, kind__in=TURNS).order_by("-happened_at", "-pk")
    interviews = Interview.objects.filter(**of)
    over = interviews.filter(state=Interview.State.BOOKED, ends_at__lt=now).order_by("ends_at")
    links = BookingLink.objects.filter(**of, withdrawn_at=None, interviews=None)
    ran_out = links.filter(expires_at__lte=now).order_by("-expires_at")
    still_open = links.filter(Q(expires_at__gt=now) | Q(expires_at=None)).order_by("-created_at", "-pk")
    newest = Coalesce(Subquery(turn.values("happened_at")[:1]), F("created_at"))
    by_time = Coalesce(Subquery(over.values("ends_at")[:1]), Subquery(ran_out.values("expires_at")[:1]), newest)
    turned: QuerySet[Any] = rows.annotate(
        since=Case(When(state="needs_attention", then=by_time), default=newest),
        open_link_id=Subquery(still_open.values("pk")[:1]),
        unmarked_id=Subquery(over.values("pk")[:1]),
        last_interview_id=Subquery(interviews.order_by("-starts_at", "-pk").values("pk")[:1]),
    )
    return turned
