"""Rows for tests."""

import uuid

import factory
from django.utils import timezone

from candidates.models import Candidate
from scheduling.models import BookingLink, Connection, EventType, Subscription


class CandidateFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Candidate

    name = factory.Faker("name")
    email = factory.Sequence(lambda n: f"c{n}@example.com")


class ConnectionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Connection

    user_uri = factory.Sequence(lambda n: f"https://api.calendly.com/users/U{n}")
    organization_uri = "https://api.calendly.com/organizations/O1"
    name = "Owner"
    email = "o@example.com"
    role = "owner"
    access_token = "a"
    refresh_token = "r"
    connected_at = factory.LazyFunction(timezone.now)


class SubscriptionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Subscription

    connection = factory.SubFactory(ConnectionFactory)
    scope = "organization"
    uri = "x"


class EventTypeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = EventType

    connection = factory.SubFactory(ConnectionFactory)
    uri = factory.Sequence(lambda n: f"https://api.calendly.com/event_types/T{n}")
    name = "T"
    scheduling_url = "https://calendly.com/x"
    duration_min = 30
    updated_at = factory.LazyFunction(timezone.now)


class LinkFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = BookingLink

    candidate = factory.SubFactory(CandidateFactory)
    event_type = factory.SubFactory(EventTypeFactory)
    connection = factory.SelfAttribute("event_type.connection")
    booking_url = "https://calendly.com/d/x"
    prefilled_url = "x"
    request_key = factory.LazyFunction(uuid.uuid4)
