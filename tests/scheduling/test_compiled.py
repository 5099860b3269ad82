"""Queries built once say the same as those built anew."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.models import IntegerField, QuerySet
from django.utils import timezone

from candidates.models import Candidate
from scheduling.models import Interview
from scheduling.queries import candidates
from scheduling.queries.compiled import Compiled, Given, Moment
from tests.factories import CandidateFactory, LinkFactory, make_interview

pytestmark = [pytest.mark.django_db, pytest.mark.databases]
NOW = timezone.now()


def starting(after: Moment) -> "QuerySet[Interview, tuple[int]]":
    """Within an hour."""
    rows = Interview.objects.filter(starts_at__gte=after, starts_at__lt=after + timedelta(hours=1))
    return rows.order_by("pk").values_list("pk")


def test_asks_anew_with_each_value() -> None:
    first = make_interview(CandidateFactory(), starts_at=NOW + timedelta(minutes=10))
    second = make_interview(CandidateFactory(), starts_at=NOW + timedelta(hours=5, minutes=10))
    asked = Compiled(lambda: [starting(Given("after"))])

    found = [asked.ask(after=NOW), asked.ask(after=NOW + timedelta(hours=5)), asked.ask(after=NOW)]

    assert found == [[(first.pk,)], [(second.pk,)], [(first.pk,)]]


@pytest.mark.parametrize("moved", [timedelta(days=-1), timedelta(0), timedelta(hours=3), timedelta(microseconds=1)])
def test_moves_a_moment_like_a_moment(moved: timedelta) -> None:
    interview = make_interview(CandidateFactory(), starts_at=NOW)

    forward = Compiled(lambda: [starting(Given("after") + moved)]).ask(after=NOW - moved)
    back = Compiled(lambda: [starting(Given("after") - moved)]).ask(after=NOW + moved)

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
