"""Rows for tests, each plausible on its own."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import factory
from django.contrib.auth.models import Group, User
from django.utils import timezone

from candidates import indexing
from candidates.models import Candidate, Position
from scheduling.models import (
    Attempt,
    BookingLink,
    Connection,
    EventType,
    Interview,
    Interviewer,
    Message,
    Subscription,
)
from scheduling.services import interviews

API = "https://api.calendly.com"
PASSWORD = "a long enough password"


def make_user(name: str, role: str | None) -> User:
    """Somebody with a role: Alice recruits, Bob administers, Charlie only looks."""
    user = User.objects.create_user(f"{name}@example.org", f"{name}@example.org", PASSWORD, first_name=name.title())
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


class PositionFactory(factory.django.DjangoModelFactory):
    title = factory.Sequence(lambda n: f"Engineer {n}")

    class Meta:
        model = Position


class CandidateFactory(factory.django.DjangoModelFactory):
    name = factory.Sequence(lambda n: f"Candidate {n}")
    email = factory.Sequence(lambda n: f"candidate{n}@example.com")

    class Meta:
        model = Candidate
        skip_postgeneration_save = True

    @factory.post_generation  # type: ignore[untyped-decorator]  # factory boy has no types
    def words(self, create: bool, given: object, **more: object) -> None:
        """Let them be found, as the services do."""
        if create:
            indexing.index([self])


class ConnectionFactory(factory.django.DjangoModelFactory):
    user_uri = factory.Sequence(lambda n: f"{API}/users/USER{n}")
    organization_uri = f"{API}/organizations/ORGANIZATION"
    name = "Olive Owner"
    email = "olive.owner@example.org"
    role = "owner"
    access_token = "an access token"
    refresh_token = "a refresh token"
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=2))
    connected_at = factory.LazyFunction(timezone.now)

    class Meta:
        model = Connection


class SubscriptionFactory(factory.django.DjangoModelFactory):
    connection = factory.SubFactory(ConnectionFactory)
    uri = factory.Sequence(lambda n: f"{API}/webhook_subscriptions/SUBSCRIPTION{n}")
    scope = "organization"

    class Meta:
        model = Subscription


class InterviewerFactory(factory.django.DjangoModelFactory):
    user_uri = factory.Sequence(lambda n: f"{API}/users/HOST{n}")
    name = factory.Sequence(lambda n: f"Interviewer {n}")

    class Meta:
        model = Interviewer


class EventTypeFactory(factory.django.DjangoModelFactory):
    connection = factory.SubFactory(ConnectionFactory)
    uri = factory.Sequence(lambda n: f"{API}/event_types/TYPE{n}")
    name = "Technical interview"
    scheduling_url = "https://calendly.com/acme/technical-interview"
    duration_min = 45
    location_kinds = ["zoom_conference"]
    updated_at = factory.LazyFunction(timezone.now)

    class Meta:
        model = EventType


class LinkFactory(factory.django.DjangoModelFactory):
    candidate = factory.SubFactory(CandidateFactory)
    event_type = factory.SubFactory(EventTypeFactory)
    connection = factory.SelfAttribute("event_type.connection")
    booking_url = "https://calendly.com/d/abc-def-ghi/technical-interview"
    prefilled_url = "https://calendly.com/d/abc-def-ghi/technical-interview?name=A"
    request_key = factory.LazyFunction(uuid4)

    class Meta:
        model = BookingLink


def make_interview(
    candidate: Candidate | None = None,
    *,
    starts_in: timedelta = timedelta(days=3),
    link: BookingLink | None = None,
    canceled: bool = False,
    no_show: bool = False,
    held: bool = False,
    **attempt: Any,
) -> Interview:
    """An interview of 45 minutes with one attempt."""
    now = timezone.now()
    interview = Interview.objects.create(
        candidate=candidate, link=link, state=Interview.State.BOOKED, held_at=now if held else None
    )
    key = uuid4()
    facts: dict[str, Any] = {
        "interview": interview,
        "invitee_uri": f"{API}/scheduled_events/{key}/invitees/{key}",
        "event_uri": f"{API}/scheduled_events/{key}",
        "event_name": "Technical interview",
        "status": Attempt.Status.CANCELED if canceled else Attempt.Status.ACTIVE,
        "starts_at": now + starts_in,
        "ends_at": now + starts_in + timedelta(minutes=45),
        "booked_at": now + min(starts_in, timedelta()) - timedelta(days=5),
        "told_at": now,
        "canceled_at": now - timedelta(hours=2) if canceled else None,
        "invitee_name": candidate.name if candidate else "Sam Stranger",
        "invitee_email": candidate.email if candidate else "sam@example.net",
        "invitee_timezone": "America/New_York",
        "no_show_uri": f"{API}/invitee_no_shows/{key}" if no_show else "",
        "no_show_marked_at": now if no_show else None,
    }
    Attempt.objects.create(**{**facts, **attempt})
    interviews.settle(interview)
    return interview


class MessageFactory(factory.django.DjangoModelFactory):
    """An invitation that waits."""

    kind = "invitation"
    link = factory.SubFactory(LinkFactory)
    candidate = factory.SelfAttribute("link.candidate")
    to = factory.SelfAttribute("candidate.email")
    subject = "Choose a time"
    text = "Choose a time."
    html = "<p>Choose a time.</p>"
    message_id = factory.Sequence(lambda n: f"<{n}@localhost>")

    class Meta:
        model = Message
