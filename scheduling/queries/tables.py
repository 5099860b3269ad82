"""The desk's tables: what each can be asked, in which orders and columns, and what an address asks of it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import BigIntegerField, Case, CharField, F, Model, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.http import QueryDict

from candidates.models import Candidate, Position
from candidates.words import fold
from scheduling.models import BookingLink, EventType, Interview, Interviewer
from scheduling.queries import candidate_search, candidates, interview_search, interviews, links
from scheduling.queries.compiled import Compiled, Given
from scheduling.queries.keyset import Counting, Listed
from scheduling.queries.orders import Key, Order
from scheduling.queries.parameters import ANY, ignored, row_id

# A search longer than this is not kept in a view.
LONGEST_VALUE = 200


@dataclass(frozen=True)
class Reference:
    """A filter whose values are rows: how it is called, the rows to choose from, and what names them."""

    words: str
    rows: Callable[[], "QuerySet[Any]"]
    named_by: Combinable = field(default_factory=lambda: F("name"))


@dataclass(frozen=True)
class Table:
    """One table. The first of `sorts` is the usual one; `columns` are those that can be left out, `usual` is shown.

    `listed` says which rows an address asks for, `with_rows` brings what is told of them, and `dressed` reads those
    with these ids, in this order, with what a page shows.
    """

    name: str
    words: str
    noun: str
    page: str
    parameter: str
    model: type[Model]
    permission: str
    filters: Mapping[str, Collection[str]]
    references: Mapping[str, Reference]
    sorts: Mapping[str, Order]
    sort_words: Mapping[str, str]
    columns: Mapping[str, str]
    usual: Collection[str]
    listed: Callable[[QueryDict, User, datetime], Listed[Any]] = field(repr=False)
    with_rows: Callable[["QuerySet[Any]", datetime], "QuerySet[Any]"] = field(repr=False)
    dressed: Callable[[Sequence[int], datetime], list[Any]] = field(repr=False)

    def plural(self, count: int) -> str:
        return self.noun if count == 1 else f"{self.noun}s"


def _sorts(**orders: Order) -> dict[str, Order]:
    """Each order under its name, and reversed under its name with a minus; rows that are equal by it by their id."""
    both: dict[str, Order] = {}
    for name, keys in orders.items():
        both[name] = [*keys, Key("pk")]
        both[f"-{name}"] = [replace(key, is_descending=True) for key in both[name]]
    return both


def _mine(listed: Listed[Any], viewer: User) -> Listed[Any]:
    """Of these what is "mine": interviews of my candidates, and of candidates nobody owns when I made the link."""
    own, nobodys = (Candidate.objects.filter(owner=owner).order_by().values("pk") for owner in (viewer, None))
    made = BookingLink.objects.filter(created_by=viewer).order_by().values("pk")
    # As lists of ids, read once; joined, each interview's candidate and link would be looked up, thousands to count.
    # A sum has no index: SQLite would else gather and sort what each candidate has.
    # What few have stands first, for then the long list of links is seldom read.
    mine: QuerySet[Any] = listed.rows.alias(of=F("candidate") + 0).filter(
        Q(of__in=own) | (Q(of__in=nobodys) & Q(link__in=made))
    )
    counting = Counting.ALONG if listed.counting is Counting.APART else listed.counting

    def of_others(of: str) -> Q:
        return listed.of_others(of) & (Q(**{f"{of}owner": viewer}) | Q(**{f"{of}owner": None}))

    return Listed(mine, counting, of_others)


def _candidates(query: QueryDict, viewer: User, now: datetime) -> Listed[Any]:
    return candidate_search.Search(query, viewer, now).listed()


def _links(query: QueryDict, viewer: User, now: datetime) -> Listed[Any]:
    return links.listed(query, viewer=viewer, now=now)


def _interviews(query: QueryDict, viewer: User, now: datetime) -> Listed[Any]:
    listed = interview_search.listed(query, now=now)
    return _mine(listed, viewer) if query.get("mine") else listed


# As the model says it.
INTERVIEWER_WORDS = Case(
    When(name__gt="", then=F("name")),
    When(email__gt="", then=F("email")),
    default=F("user_uri"),
    output_field=CharField(),
)
INTERVIEWER = Reference("Interviewer", lambda: Interviewer.objects.filter(is_member=True), INTERVIEWER_WORDS)
POSITION = Reference("Position", Position.objects.all, candidates.position_words())

CANDIDATE_SORTS = _sorts(
    name=(Key("sort_name"),),
    next=(Key("next_interview_at", is_nullable=True, nulls_last=True), Key("sort_name")),
    added=(Key("created_at"),),
)
LINK_SORTS = _sorts(
    made=(Key("created_at"),),
    expires=(Key("expires_at", is_nullable=True, nulls_last=True),),
    candidate=(Key("candidate__sort_name"),),
)
INTERVIEW_SORTS = _sorts(
    starts=(Key("starts_at", is_nullable=True),),
    candidate=(Key("candidate__sort_name", is_nullable=True, nulls_last=True),),
    interview=(Key("name"),),
)

CANDIDATES = Table(
    name="candidates",
    words="Candidates",
    noun="candidate",
    page="candidate_list",
    parameter="candidate",
    model=Candidate,
    permission="candidates.view_candidate",
    filters={**candidate_search.FILTERS, "sort": CANDIDATE_SORTS, "layout": ("list", "board")},
    references={
        "position": POSITION,
        "tag": Reference("Tag", candidates.used_tags),
    },
    sorts=CANDIDATE_SORTS,
    sort_words={
        "name": "Name",
        "-name": "Name, Z first",
        "next": "Next interview",
        "-next": "Next interview, latest first",
        "-added": "Newest",
        "added": "Oldest",
    },
    columns={
        "state": "State",
        "positions": "Considered for",
        "next": "Next interview",
        "owner": "Owner",
        "tags": "Tags",
        "phone": "Phone",
        "added": "Added",
    },
    usual=("state", "positions", "next", "owner", "tags"),
    listed=_candidates,
    with_rows=candidates.with_rows,
    dressed=candidates.dressed,
)
LINKS = Table(
    name="links",
    words="Links",
    noun="link",
    page="link_list",
    parameter="link",
    model=BookingLink,
    permission="scheduling.view_bookinglink",
    filters={**links.FILTERS, "sort": LINK_SORTS},
    references={"event_type": Reference("Event type", links.used_event_types)},
    sorts=LINK_SORTS,
    sort_words={
        "-made": "Newest",
        "made": "Oldest",
        "expires": "Runs out first",
        "-expires": "Runs out last",
        "candidate": "Candidate",
        "-candidate": "Candidate, Z first",
    },
    columns={"for": "For", "state": "State", "made": "Made", "opened": "Opened", "until": "Works until"},
    usual=("for", "state", "made", "until"),
    listed=_links,
    with_rows=links.with_rows,
    dressed=links.dressed,
)
INTERVIEWS = Table(
    name="interviews",
    words="Interviews",
    noun="interview",
    page="interview_list",
    parameter="interview",
    model=Interview,
    permission="scheduling.view_interview",
    filters={**interview_search.FILTERS, "mine": ANY, "sort": INTERVIEW_SORTS},
    references={
        "interviewers": INTERVIEWER,
        "event_type": Reference("Event type", lambda: EventType.objects.filter(deleted_at=None)),
        "position": POSITION,
    },
    sorts=INTERVIEW_SORTS,
    sort_words={
        "starts": "Soonest first",
        "-starts": "Latest first",
        "candidate": "Candidate",
        "-candidate": "Candidate, Z first",
        "interview": "Interview",
        "-interview": "Interview, Z first",
    },
    columns={"interview": "Interview", "with": "With", "state": "State", "owner": "Candidate’s owner"},
    usual=("interview", "with", "state"),
    listed=_interviews,
    with_rows=lambda rows, now: interviews.with_rows(rows),
    dressed=lambda ids, now: interviews.dressed(ids),
)
TABLES = {table.name: table for table in (CANDIDATES, LINKS, INTERVIEWS)}

# How filters with fixed values are called; their values' words are the table's.
NAMED = {"state": "State: ", "view": "", "outcome": "Outcome: ", "starts": "Starts: ", "booked": "Booked: "}
FLAGS = {"mine": "Mine", "archived": "Archived"}
# Neither filters nor kept: how it is shown, and where one is.
SHOWING = ("sort", "layout", "week")
Choices = Mapping[str, list[tuple[int, str]]]


@dataclass(frozen=True)
class Chip:
    """One filter as people read it."""

    name: str
    words: str


@dataclass(frozen=True)
class Asked:
    """What an address asks of a table: its query without what is not known, which `ignored` names for a notice."""

    table: Table
    query: QueryDict
    ignored: list[str]
    choices: Choices

    @property
    def usual_sort(self) -> str:
        return usual_sort(self.table, self.query)

    @property
    def sort(self) -> str:
        return str(self.query.get("sort") or self.usual_sort)

    @property
    def order(self) -> Order:
        return self.table.sorts[self.sort]

    @property
    def chips(self) -> list[Chip]:
        """Every filter, in the table's order."""
        values = [(name, str(self.query.get(name) or "")) for name in self.table.filters if name not in SHOWING]
        return [Chip(name, self._words(name, value)) for name, value in values if value]

    @property
    def lost(self) -> list[str]:
        """Of `ignored` what might have narrowed the rows: without it they are more than were asked for."""
        return [item for item in self.ignored if item.partition("=")[0] not in SHOWING]

    @property
    def words(self) -> str:
        """The filter in one line; "all" without any."""
        return ", ".join(chip.words for chip in self.chips) or "all"

    @property
    def is_filtered(self) -> bool:
        """Whether anything but a tab narrows it."""
        return any(chip.name not in ("view", "archived") for chip in self.chips)

    def _words(self, name: str, value: str) -> str:
        if name in FLAGS:
            return FLAGS[name]
        if name == "q":
            return f"“{value[:40]}”"
        values = self.table.filters[name]
        if isinstance(values, Mapping):
            return f"{NAMED[name]}{values[value]}"
        title = self.table.references[name].words
        return f"{title}: {dict(self.choices.get(name, [])).get(int(value), value)}"

    def listed(self, *, viewer: User, now: datetime) -> Listed[Any]:
        """Which rows are asked for, to be cut to a page."""
        return self.table.listed(self.query, viewer, now)

    def rows(self, *, viewer: User, now: datetime) -> "QuerySet[Any]":
        """The same, to be chosen or written out."""
        return self.listed(viewer=viewer, now=now).rows


def usual_sort(table: Table, query: QueryDict) -> str:
    """What comes first, first; what is over, latest first."""
    if table is INTERVIEWS:
        return "starts" if interview_search.chosen_view(query) in ("upcoming", "today") else "-starts"
    return "-made" if table is LINKS else "name"


def asked(table: Table, query: QueryDict, *, offers_choices: bool = False) -> Asked:
    """Read an address; one query, when it names rows or the choices are to be offered."""
    known = QueryDict(mutable=True)
    refused = ignored(query, {**table.filters, table.parameter: ANY, "all": ANY})
    is_needed = offers_choices or any(query.get(name) for name in table.references)
    choices = _choices(table, query) if is_needed else {}
    for name, values in table.filters.items():
        value = str(query.get(name) or "").replace("\0", "")
        if name in table.references and value and row_id(query, name) not in dict(choices[name]):
            refused.append(f"{name}={value[:40]}")
        elif value and (not values or value in values):
            known[name] = value
    return Asked(table, known, list(dict.fromkeys(refused))[:5], choices)


def _choices(table: Table, query: QueryDict) -> Choices:
    """The rows each reference can be, by name, and those it is although nobody would choose them any more."""
    chosen = {name: row_id(query, name) or 0 for name in table.references}
    found: dict[str, list[tuple[int, str]]] = {name: [] for name in table.references}
    for name, pk, words in _CHOICES[table.name].ask(**chosen):
        found[name].append((pk, words))
    return {name: sorted(rows, key=lambda row: (fold(row[1]), row[0])) for name, rows in found.items()}


def _options(table: Table) -> "Iterator[QuerySet[Any, Any]]":
    for name, reference in table.references.items():
        rows = reference.rows()
        either = rows.model._default_manager.filter(Q(pk__in=rows.values("pk")) | Q(pk=Given(name, BigIntegerField())))
        named = either.order_by().annotate(of=Value(name, CharField()), words=reference.named_by)
        yield named.values_list("of", "pk", "words")


_CHOICES = {name: Compiled(partial(_options, table), is_planned_once=True) for name, table in TABLES.items()}


def normal(table: Table, query: QueryDict) -> str:
    """What a view keeps of an address: known filters, order and layout, nothing empty and nothing that goes without
    saying, in the table's order."""
    kept = {}
    for name, values in table.filters.items():
        value = str(query.get(name) or "").replace("\0", "")[:LONGEST_VALUE]
        if value and name != "week" and (not values or value in values):
            kept[name] = value
    usual = {"sort": usual_sort(table, query), "layout": "list"}
    return urlencode([(name, value) for name, value in kept.items() if usual.get(name) != value])
