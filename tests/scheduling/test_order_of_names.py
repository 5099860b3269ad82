"""Lists of what people named stand in the order they look them up in, on every database."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from candidates.models import Position, Tag, owners
from scheduling.models import Interviewer
from tests.factories import CandidateFactory, InterviewerFactory, make_interview, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.databases]
# As people look them up; by their bytes "Zoo" comes first and "Émile" last.
NAMES = ["api", "de Vries", "Émile", "e\u0301tude", "Falk", "Ölçer", "Osaka", "Zoo"]
MIXED = ["Zoo", "Osaka", "api", "e\u0301tude", "Émile", "Falk", "de Vries", "Ölçer"]


def in_order(page: str, names: list[str]) -> list[str]:
    """These names as a page tells them, first mentions only."""
    found = re.findall("|".join(map(re.escape, names)), page)
    return list(dict.fromkeys(found))


def test_tags_of_a_candidate(alice: Client) -> None:
    candidate = CandidateFactory(name="Quill")
    candidate.tags.set([Tag.objects.create(name=name) for name in MIXED])

    listed = alice.get(reverse("candidate_list"), {"columns": "tags"}).content.decode()
    own = alice.get(reverse("candidate", args=[candidate.pk])).content.decode()

    assert [tag.name for tag in Tag.objects.all()] == NAMES
    assert in_order(own, NAMES) == NAMES
    assert in_order(listed, NAMES) == NAMES


def test_positions_to_choose(alice: Client) -> None:
    for name in MIXED:
        Position.objects.create(title=name)

    form = alice.get(reverse("candidate_new")).content.decode()
    filters = alice.get(reverse("candidate_list")).content.decode()

    assert in_order(form, NAMES) == NAMES
    assert in_order(filters, NAMES) == NAMES


def test_interviewers_of_an_interview(alice: Client) -> None:
    interview = make_interview()
    interview.interviewers.set([InterviewerFactory(name=name) for name in MIXED])

    page = alice.get(reverse("interview_list"), {"view": "all"}).content.decode()

    assert [row.name for row in Interviewer.objects.filter(name__in=NAMES)] == NAMES
    assert in_order(page, NAMES) == NAMES


def test_people_to_hand_over_to(alice: Client) -> None:
    for number, name in enumerate(MIXED):
        user = make_user(f"u{number}", "Recruiter")
        User.objects.filter(pk=user.pk).update(first_name=name)
    form = alice.get(reverse("candidate_new")).content.decode()

    assert [user.first_name for user in owners() if user.first_name in NAMES] == NAMES
    assert in_order(form, NAMES) == NAMES


def test_signs_and_other_scripts_are_told_too(alice: Client) -> None:
    names = ["!", "🙂", "名前", "نعم"]
    candidate = CandidateFactory()
    candidate.tags.set([Tag.objects.create(name=name) for name in names])

    page = alice.get(reverse("candidate", args=[candidate.pk])).content.decode()

    assert set(in_order(page.split('class="tags"')[1], names)) == set(names)
