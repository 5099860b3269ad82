"""A desk with years behind it, written straight into an empty database: COPY on PostgreSQL, prepared inserts on SQLite.

What is on today and tomorrow is the same however large it is, and a small desk has fewer recruiters, interviewers,
positions and tags: pages show the same, only what lies behind them grows.
"""

import random
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group, User
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction

from candidates.indexing import placed
from candidates.models import Candidate, Position, Tag
from candidates.words import sort_name
from scheduling.models import Connection, EventType, Interviewer
from scheduling.services import standings

FIRST = (
    *("Zoë", "Ann", "Ben", "Mara", "Jürgen", "Łukasz", "Sofia", "Aiko", "王伟", "Fatima", "Omar", "Priya", "Noah"),
    *("Émile", "Olga", "Hassan", "Ingrid", "Tomás", "Yuki", "Chloé"),
)
LAST = (
    *("Quill", "Smith", "Nguyen", "Kowalski", "Müller", "García", "Haddad", "Okafor", "Tanaka", "O’Brien", "Singh"),
    *("Larsen", "Rossi", "Novák", "Silva", "Jensen"),
)
KINDS = ("Technical", "Culture", "Phone", "Final")
# A small desk has up to so many candidates.
SMALL_DESK_TO = 5_000
ON_THESE_DAYS = 40
UNMATCHED = 60


@dataclass(frozen=True)
class Kinds:
    """How many of each there are, and how many weeks of interviews: a small desk is young, for its days are as full."""

    recruiters: int
    hosts: int
    positions: int
    tags: int
    weeks: int


SMALL_DESK = Kinds(recruiters=3, hosts=2, positions=3, tags=5, weeks=8)
LARGE_DESK = Kinds(recruiters=10, hosts=50, positions=40, tags=20, weeks=156)
MINUTES_OF_WEEK = 7 * 24 * 60


def is_empty() -> bool:
    return not Candidate.objects.exists()


def seed(candidates: int, interviews: int, *, say: Callable[[str], None]) -> None:
    """Fill the database."""
    now = datetime.now(UTC)
    alice = User.objects.create_user("alice@example.org", "alice@example.org", first_name="Alice")
    alice.groups.add(Group.objects.get(name="Recruiter"))
    kinds = LARGE_DESK if candidates > SMALL_DESK_TO else SMALL_DESK
    others = [
        User.objects.create_user(f"r{n}@example.org", f"r{n}@example.org").pk for n in range(kinds.recruiters - 1)
    ]
    calendly = Connection.objects.create(
        user_uri="https://api.calendly.com/users/U", organization_uri="https://api.calendly.com/organizations/O",
        name="Olive Owner", email="olive@example.org", role="owner", connected_at=now, synced_at=now,
    )  # fmt: skip
    types = [
        EventType.objects.create(
            connection=calendly, uri=f"https://api.calendly.com/event_types/{n}", name=name, duration_min=45,
            scheduling_url="https://calendly.com/acme/x", updated_at=now,
        ).pk
        for n, name in enumerate(f"{kind} {level}" for kind in KINDS for level in ("interview", "screen", "round"))
    ]  # fmt: skip
    hosts = [
        Interviewer.objects.create(user_uri=f"https://api.calendly.com/users/{n}", name=f"Host {n}").pk
        for n in range(kinds.hosts)
    ]
    positions = [Position.objects.create(title=f"Engineer {n}").pk for n in range(kinds.positions)]
    tags = [Tag.objects.create(name=f"tag {n}").pk for n in range(kinds.tags)]

    rows = Rows(
        candidates, interviews, now, [alice.pk, *others], calendly.pk, types, hosts, positions, tags, kinds.weeks
    )
    for table, columns, values in rows.tables():
        began = time.perf_counter()
        copy(table, columns, values)
        say(f"  {table} {time.perf_counter() - began:.1f} s")
    if connection.vendor == "postgresql":
        # As its own housekeeping does after so much.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    began = time.perf_counter()
    while standings.refresh_due(now=datetime.now(UTC)):
        pass
    say(f"  notes of standings {time.perf_counter() - began:.1f} s")


def keys() -> dict[str, Any]:
    """A session's key and some ids to ask for."""
    alice = User.objects.get(email="alice@example.org")
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(alice.pk), settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = alice.get_session_auth_hash()
    session.create()
    # The first position and the first tag are of archived candidates alone. As many are called `few` on every desk, and
    # enough for a full page are called `some` and `both`, or have the interviews of `met`: of very many that takes
    # longer words.
    people = Candidate.objects.count()
    is_large, few = people > SMALL_DESK_TO, f"quill{people * 4 // 5 // 97}"
    return {
        "session": session.session_key,
        "type": EventType.objects.order_by("pk").values_list("pk", flat=True)[0],
        "host": Interviewer.objects.order_by("pk").values_list("pk", flat=True)[0],
        "position": Position.objects.order_by("pk").values_list("pk", flat=True)[1],
        "tag": Tag.objects.order_by("pk").values_list("pk", flat=True)[1],
        "few": few,
        "some": "quill8" if is_large else "quill",
        "both": "ben+smith" if is_large else "ben+person",
        "met": few if is_large else "ben",
        "ahead": "an" if is_large else "pe",
    }


@dataclass(frozen=True)
class Rows:
    """Every table's rows, made as they are read."""

    candidates: int
    interviews: int
    now: datetime
    users: list[int]
    connection: int
    types: list[int]
    hosts: list[int]
    positions: list[int]
    tags: list[int]
    weeks: int

    def tables(self) -> Iterator[tuple[str, list[str], Iterable[tuple[Any, ...]]]]:
        yield "candidates_candidate", [
            "id", "name", "sort_name", "email", "phone", "timezone", "owner_id", "archived_at", "created_at",
            "updated_at", "standing", "standing_until",
        ], self._people()  # fmt: skip
        yield (
            "candidates_candidate_positions",
            ["candidate_id", "position_id"],
            ((pk, self.positions[pk % len(self.positions)]) for pk in self._ids()),
        )
        yield (
            "candidates_candidate_tags",
            ["candidate_id", "tag_id"],
            ((pk, self.tags[pk // 3 % len(self.tags)]) for pk in self._ids() if pk % 3 == 0),
        )
        yield "candidates_searchword", ["candidate_id", "word", "place"], self._words()
        yield "scheduling_bookinglink", [
            "id", "candidate_id", "event_type_id", "connection_id", "token", "reference", "booking_url",
            "prefilled_url", "share_uri", "request_key", "expires_at", "opened_at", "withdrawn_at", "created_by_id",
            "created_at", "standing", "standing_until", "replace_attempts",
        ], self._links()  # fmt: skip
        yield "scheduling_interview", [
            "id", "candidate_id", "link_id", "position_id", "event_type_id", "name", "state", "starts_at", "ends_at",
            "canceled_at", "held_at", "interviewer_no_show_at", "created_at", "is_missed",
        ], ((*row[:13], row[6].endswith("no_show")) for row in self._bookings())  # fmt: skip
        yield (
            "scheduling_interview_interviewers",
            ["interview_id", "interviewer_id"],
            ((row[0], self.hosts[(row[0] * 7919) % len(self.hosts)]) for row in self._bookings()),
        )
        yield "scheduling_attempt", [
            "interview_id", "invitee_uri", "event_uri", "event_type_uri", "event_name", "status", "starts_at",
            "ends_at", "booked_at", "told_at", "seat_limit", "invitee_name", "invitee_email", "invitee_timezone",
            "reference", "submission_uri", "location_kind", "location_text", "join_url", "cancel_url",
            "reschedule_url", "was_rescheduled", "previous_uri", "next_uri", "canceled_at", "canceled_by",
            "canceler_type", "cancel_reason", "no_show_uri", "no_show_cleared_uri",
        ], self._attempts()  # fmt: skip
        yield "scheduling_timelineentry", [
            "kind", "candidate_id", "interview_id", "actor_name", "happened_at", "detail", "key", "recorded_at",
        ], self._entries()  # fmt: skip

    def _ids(self) -> range:
        return range(1, self.candidates + 1)

    def _person(self, pk: int) -> tuple[str, str, str]:
        first, last = FIRST[pk % len(FIRST)], LAST[pk // 7 % len(LAST)]
        return f"{first} {last}{pk // 97}", f"person{pk}@mail{pk % 50}.example.com", f"+49305{pk:07}"

    def _people(self) -> Iterator[tuple[Any, ...]]:
        for pk in self._ids():
            name, email, phone = self._person(pk)
            made = self.now - timedelta(minutes=pk * 5 % (self.weeks * MINUTES_OF_WEEK))
            archived = self.now if pk % 20 == 0 else None
            yield (
                pk,
                name,
                sort_name(name),
                email,
                phone,
                "Europe/Berlin",
                self.users[pk % len(self.users)],
                archived,
                made,
                made,
                "",
                self.now,
            )

    def _words(self) -> Iterator[tuple[Any, ...]]:
        for pk in self._ids():
            for word, place in placed(*self._person(pk)).items():
                yield (pk, word, place)

    def _links(self) -> Iterator[tuple[Any, ...]]:
        """Two a candidate: the first is booked through, the second waits, was opened, ran out or was withdrawn."""
        chance = random.Random(1)  # noqa: S311
        for pk in range(1, 2 * self.candidates + 1):
            candidate = (pk + 1) // 2
            is_used = pk % 2 == 1 and candidate % 10 != 0
            age = timedelta(
                minutes=chance.randint(1, self.weeks * MINUTES_OF_WEEK if chance.random() < 0.9 else 20_000)
            )
            made = self.now - age
            expires = made + timedelta(days=14) if pk % 3 else made + timedelta(days=90)
            withdrawn = made + timedelta(hours=5) if not is_used and pk % 8 == 0 else None
            opened = made + timedelta(hours=1) if pk % 5 < 3 else None
            yield (
                pk, candidate, self.types[pk % len(self.types)], self.connection, f"t{pk}", f"an-{pk}",
                "https://calendly.com/d/x", "https://calendly.com/d/x", "", uuid.UUID(int=pk), expires, opened,
                withdrawn, self.users[pk % len(self.users)], made, "", self.now, 0,
            )  # fmt: skip

    def _bookings(self) -> Iterator[tuple[Any, ...]]:
        """Spread over the weeks up to yesterday and six weeks from the day after tomorrow, with the same few between.

        The last value is when it was booked.
        """
        chance = random.Random(2)  # noqa: S311
        midnight = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
        for pk in range(1, self.interviews + 1):
            if pk <= ON_THESE_DAYS:
                starts = midnight + timedelta(minutes=pk * (2880 // (ON_THESE_DAYS + 1)))
            elif chance.random() < 0.04:
                starts = midnight + timedelta(days=2, minutes=15 * chance.randint(1, 4032))
            else:
                starts = midnight - timedelta(minutes=15 * chance.randint(1, self.weeks * MINUTES_OF_WEEK // 15))
            ends, booked = starts + timedelta(minutes=45), starts - timedelta(days=chance.randint(1, 9))
            if booked > self.now:
                # In the last two weeks, for nothing is booked later than now.
                booked = self.now - timedelta(hours=1 + pk % 336)
            luck, is_over = chance.random(), ends < self.now
            state, canceled = "booked", None
            if luck < 0.14:
                state, canceled = "canceled", booked + (min(starts, self.now) - booked) * chance.random()
            elif is_over and luck < 0.985:
                state = "no_show" if luck < 0.2 else "interviewer_no_show" if luck < 0.22 else "held"
            is_stranger = pk % max(self.interviews // UNMATCHED, 2) == 1
            candidate = None if is_stranger else (pk * 31) % self.candidates + 1
            # Each run of as many bookings as candidates has one of each; the last are the links' own.
            is_linked = candidate is not None and pk > self.interviews - self.candidates and candidate % 10 != 0
            link = 2 * candidate - 1 if candidate is not None and is_linked else None
            position = self.positions[pk % len(self.positions)] if pk % 4 else None
            yield (
                pk, candidate, link, position, self.types[pk % len(self.types)],
                "Technical interview", state, starts, ends, canceled, ends if state == "held" else None,
                ends if state == "interviewer_no_show" else None, booked, booked,
            )  # fmt: skip

    def _attempts(self) -> Iterator[tuple[Any, ...]]:
        for pk, candidate, _, _, _, name, state, starts, ends, canceled, _, _, _, booked in self._bookings():
            who, email, _ = self._person(candidate) if candidate else (f"Sam Stranger{pk}", f"sam{pk}@example.net", "")
            event = f"https://api.calendly.com/scheduled_events/{pk}"
            yield (
                pk, f"{event}/invitees/{pk}", event, "", name, "canceled" if state == "canceled" else "active", starts,
                ends, booked, booked, 1, who, email, "Europe/Berlin", "", "", "", "", "", "", "", False, "", "",
                canceled, "", "", "", "", "",
            )  # fmt: skip

    def _entries(self) -> Iterator[tuple[Any, ...]]:
        for row in self._bookings():
            yield ("booked", row[1], row[0], "", row[13], "", f"booked:{row[0]}", row[13])


def copy(table: str, columns: list[str], values: Iterable[tuple[Any, ...]]) -> None:
    names = ", ".join(columns)
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as stream:
                for row in values:
                    stream.write_row(row)
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608
            )
        return
    marks = ", ".join("?" * len(columns))
    with transaction.atomic():
        connection.connection.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608
            (tuple(_plain(value) for value in row) for row in values),
        )


def _plain(value: Any) -> Any:
    """As Django keeps it in SQLite."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ")
    return value.hex if isinstance(value, uuid.UUID) else value
