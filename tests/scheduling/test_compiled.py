"""Queries built once say the same as those built anew."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import CharField, IntegerField, Q, QuerySet, Value
from django.utils import timezone

from candidates.models import Candidate
from scheduling.models import Interview
from scheduling.queries import candidates
from scheduling.queries.compiled import Compiled, CompiledRows, Given, Moment
from tests.factories import CandidateFactory, LinkFactory, make_interview, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.databases]
NOW = timezone.now()


def starting(after: Moment) -> "QuerySet[Interview, tuple[int]]":
    """Within an hour."""
    rows = Interview.objects.filter(starts_at__gte=after, starts_at__lt=after + timedelta(hours=1))
    return rows.order_by("pk").values_list("pk")


@pytest.mark.parametrize("is_planned_once", [False, True])
def test_asks_anew_with_each_value(*, is_planned_once: bool) -> None:
    first = make_interview(CandidateFactory(), starts_at=NOW + timedelta(minutes=10))
    second = make_interview(CandidateFactory(), starts_at=NOW + timedelta(hours=5, minutes=10))
    asked = Compiled(lambda: [starting(Given("after"))], is_planned_once=is_planned_once)

    found = [asked.ask(after=NOW), asked.ask(after=NOW + timedelta(hours=5)), asked.ask(after=NOW)]

    assert found == [[(first.pk,)], [(second.pk,)], [(first.pk,)]]


@pytest.mark.parametrize("is_planned_once", [False, True])
@pytest.mark.parametrize("moved", [timedelta(days=-1), timedelta(0), timedelta(hours=3), timedelta(microseconds=1)])
def test_moves_a_moment_like_a_moment(moved: timedelta, *, is_planned_once: bool) -> None:
    interview = make_interview(CandidateFactory(), starts_at=NOW)
    onward = Compiled(lambda: [starting(Given("after") + moved)], is_planned_once=is_planned_once)
    backward = Compiled(lambda: [starting(Given("after") - moved)], is_planned_once=is_planned_once)

    forward, back = onward.ask(after=NOW - moved), backward.ask(after=NOW + moved)

    assert forward == back == [(interview.pk,)]


def test_takes_a_moment_of_any_zone() -> None:
    interview = make_interview(CandidateFactory(), starts_at=NOW)

    found = Compiled(lambda: [starting(Given("after"))]).ask(after=NOW.astimezone(ZoneInfo("Asia/Kathmandu")))

    assert found == [(interview.pk,)]


def test_is_built_once() -> None:
    built = []

    def build() -> "list[QuerySet[Candidate, tuple[int]]]":
        built.append(1)
        return [Candidate.objects.filter(pk=Given("one", IntegerField())).values_list("pk")]

    asked = Compiled(build)
    one = CandidateFactory()

    assert asked.ask(one=one.pk) == [(one.pk,)]
    assert asked.ask(one=one.pk + 1) == []
    assert len(built) == 1


def test_derives_the_same_states() -> None:
    LinkFactory(expires_at=NOW - timedelta(days=1))
    LinkFactory(opened_at=NOW)
    make_interview(CandidateFactory(), starts_at=NOW + timedelta(days=1))
    CandidateFactory()
    shown = candidates.with_state(Candidate.objects.order_by("pk"), NOW).values_list("pk", "state")

    asked = Compiled(
        lambda: [candidates.with_state(Candidate.objects.order_by("pk"), Given("now")).values_list("pk", "state")]
    )

    assert asked.ask(now=NOW) == list(shown)
    assert {state for _, state in shown} == {"needs_attention", "opened", "booked", "to_invite"}


def test_asks_several_at_once_each_with_its_order_and_limit() -> None:
    people = [CandidateFactory(name=name) for name in ("Ann", "Ben", "Cleo")]
    named = Candidate.objects.values_list("name", "pk")

    asked = Compiled(lambda: [named.order_by("name")[:1], named.none(), named.order_by("-name")[:2]])

    assert asked.ask() == [(row.name, row.pk) for row in (people[0], people[2], people[1])]
    assert Compiled(lambda: [named.none()]).ask() == []


def test_refuses_a_value_that_was_not_given() -> None:
    with pytest.raises(KeyError):
        Compiled(lambda: [starting(Given("after"))]).ask(before=NOW)


def candidates_named(name: str | Given) -> "QuerySet[Candidate]":
    rows: QuerySet[Candidate] = candidates.with_state(Candidate.objects.filter(name=name), NOW)
    return rows.select_related("owner").order_by("pk")


@pytest.mark.parametrize("is_planned_once", [False, True])
def test_reads_whole_rows_with_what_is_related_and_annotated(
    django_assert_num_queries: Any, *, is_planned_once: bool
) -> None:
    owner = make_user("olga", "Recruiter")
    candidate = CandidateFactory(name="Ann", owner=owner, timezone="Asia/Kathmandu")
    make_interview(candidate, starts_at=NOW + timedelta(days=1))
    asked = CompiledRows(lambda: candidates_named(Given("name", CharField())), is_planned_once=is_planned_once)

    with django_assert_num_queries(1):
        row: Any = asked.ask(name="Ann")[0]
        found = (row, row.created_at, row.timezone, row.owner, row.state, row.next_at)

    assert found == (candidate, candidate.created_at, "Asia/Kathmandu", owner, "booked", NOW + timedelta(days=1))


def test_gives_rows_of_their_own_to_everybody_who_asks() -> None:
    CandidateFactory(name="Ann")
    asked = CompiledRows(lambda: candidates_named(Given("name", CharField())))
    first = asked.ask(name="Ann")[0]
    first.name = "changed"
    Candidate.objects.update(email="new@example.org")

    second = asked.ask(name="Ann")[0]

    assert (second.name, second.email) == ("Ann", "new@example.org")
    assert asked.ask(name="Nobody") == []


def test_reads_no_rows_where_none_could_match(django_assert_num_queries: Any) -> None:
    asked = CompiledRows(lambda: Candidate.objects.filter(pk__in=[]))

    with django_assert_num_queries(0):
        assert asked.ask() == asked.ask() == []


def test_counts_rows_beside_those_it_reads(django_assert_num_queries: Any) -> None:
    people = [CandidateFactory(name=name) for name in ("Ann", "Ben", "Cleo")]
    rows = Candidate.objects.order_by("name").values_list("pk")

    with django_assert_num_queries(1):
        assert Compiled(lambda: [rows[:2]], counted=rows).ask() == [(people[0].pk,), (people[1].pk,), (3,)]
    assert Compiled(lambda: [rows[:2]], counted=rows.none()).ask()[-1] == (0,)


AWKWARD = 'it\'s 100 % \\ "%s" {0} $1'


@pytest.mark.parametrize("is_planned_once", [False, True])
def test_keeps_what_is_written_into_it_to_the_letter(*, is_planned_once: bool) -> None:
    candidate = CandidateFactory(name=AWKWARD)
    rows = Candidate.objects.filter(Q(name=Given("name", CharField())) & Q(name__contains="0 % \\ "), archived_at=None)
    named = rows.values_list(Value(AWKWARD, CharField()), "pk")
    asked = Compiled(lambda: [named], is_planned_once=is_planned_once)

    assert asked.ask(name=AWKWARD) == [(AWKWARD, candidate.pk)]
    assert asked.ask(name="it's") == []


def prepared() -> list[tuple[Any, ...]]:
    """What this connection keeps: the statement, and how often it was planned for some values and for any."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT statement, custom_plans, generic_plans FROM pg_prepared_statements ORDER BY prepare_time"
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


@pytest.mark.services
def test_is_planned_once_by_postgresql() -> None:
    before = prepared()
    asked = Compiled(lambda: [starting(Given("after"))[:11]], is_planned_once=True)
    other = Compiled(lambda: [starting(Given("after"))[:11]])

    for _ in range(3):
        asked.ask(after=NOW)
        other.ask(after=NOW)

    [(statement, for_values, for_any)] = [one for one in prepared() if one not in before]
    assert "scheduling_interview" in statement
    assert (for_values, for_any) == (0, 3)


@pytest.mark.services
def test_keeps_one_statement_of_a_text_however_often_it_is_written() -> None:
    before = prepared()

    def ask(most: int) -> None:
        Compiled(lambda: [starting(Given("after"))[:most]], is_planned_once=True).ask(after=NOW)

    for most in (12, 12, 13):
        ask(most)

    assert len(prepared()) == len(before) + 2


@pytest.mark.services
def test_keeps_nothing_behind_a_pooler(monkeypatch: pytest.MonkeyPatch) -> None:
    interview = make_interview(CandidateFactory(), starts_at=NOW)
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    before = prepared()

    assert Compiled(lambda: [starting(Given("after"))], is_planned_once=True).ask(after=NOW) == [(interview.pk,)]
    assert prepared() == before


# It empties all tables when it ends, roles too: with the others that do.
@pytest.mark.services
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_planned_once", [False, True])
def test_is_asked_by_several_threads_at_once(*, is_planned_once: bool) -> None:
    names = [f"Candidate {number}" for number in range(8)]
    for name in names:
        CandidateFactory(name=name)
    asked = CompiledRows(lambda: candidates_named(Given("name", CharField())), is_planned_once=is_planned_once)

    def ask(name: str) -> list[str]:
        try:
            return [row.name for _ in range(20) for row in asked.ask(name=name)]
        finally:
            connection.close()

    with ThreadPoolExecutor(len(names)) as threads:
        found = list(threads.map(ask, names))

    assert found == [[name] * 20 for name in names]
