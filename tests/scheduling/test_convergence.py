"""Whatever people do at Calendly and whatever the network makes of it, after a comparison our rows are Calendly's.

Random histories are played at the sandbox over HTTP; their deliveries come shuffled, doubled, late, and some never; a
worker dies with a delivery half done. `make soak` plays thousands.
"""

import os
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from candidates.models import Candidate
from scheduling.models import Attempt, Connection, Interview, Subscription, SyncRun
from scheduling.services import connections, inbox, standings, syncs
from tests.factories import CandidateFactory, ConnectionFactory, SubscriptionFactory
from tests.sandbox_process import Sandbox
from tests.scheduling.conftest import post_delivery

pytestmark = pytest.mark.databases

HISTORIES = int(os.environ.get("HISTORIES", "200"))
Json = dict[str, Any]
# Whole hours from now: some bookings are over, most are ahead, and few enough that they collide.
HOURS = st.sampled_from([-50, -26, -3, 5, 6, 30, 31, 55])
WHO = st.integers(0, 5)

acts = st.one_of(
    st.fixed_dictionaries({"act": st.just("book"), "kind": st.sampled_from(["solo", "group"]), "start": HOURS}),
    st.fixed_dictionaries({"act": st.just("move"), "of": WHO, "start": HOURS, "by_host": st.booleans()}),
    st.fixed_dictionaries({"act": st.just("cancel"), "of": WHO, "by_host": st.booleans()}),
    st.fixed_dictionaries({"act": st.sampled_from(["mark", "unmark"]), "of": WHO}),
)
histories = st.tuples(
    st.fixed_dictionaries({"act": st.just("book"), "kind": st.sampled_from(["solo", "group"]), "start": HOURS}),
    st.lists(acts, max_size=9),
).map(lambda parts: [parts[0], *parts[1]])


class TestConvergence(TestCase):
    """hypothesis' own test case rolls back after every history."""

    @pytest.fixture(autouse=True)
    def _world(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.tokens = sandbox.tokens("owner")
        self.types = {"solo": sandbox.event_type(), "group": sandbox.event_type("info-session")}
        sandbox.option(rate_limit="100000000")

    @given(
        history=histories,
        step_s=st.sampled_from([0, 0.2, 1, 90]),
        skew_s=st.sampled_from([0, 0, 0, 0, -300, 300]),
        chance=st.randoms(use_true_random=False),
    )
    @hypothesis_settings(
        max_examples=HISTORIES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=HISTORIES == 200,
    )
    def test_equals_calendly_after_a_comparison(
        self, history: list[Json], step_s: float, skew_s: int, chance: Any
    ) -> None:
        connection = self._connect()
        self.sandbox.option(clock_offset_s=skew_s)

        truth = self.sandbox.play([self._with_type(act) for act in history], step_s=step_s)
        self._carry(chance)
        make_candidates(chance)
        compare(connection)

        assert ours() == theirs(truth)
        assert stories() == theirs_in_stories(truth)
        # Every note that is not due is what is derived.
        assert standings.wrong_notes(timezone.now()) == 0
        assert not Candidate.objects.filter(standing="", interviews__isnull=False).exists()

    def _connect(self) -> Connection:
        owner = self.sandbox.user("owner")
        connection = ConnectionFactory(
            user_uri=owner["uri"],
            organization_uri=self.sandbox.organization,
            access_token=self.tokens["access_token"],
            refresh_token=self.tokens["refresh_token"],
            rate_limit=100000000,
        )
        if not self.sandbox.subscriptions():
            subscription = SubscriptionFactory(connection=connection, uri="")
            self._subscribe(subscription)
        SubscriptionFactory(connection=connection, key="the-key-of-this-test", uri="https://api.calendly.com/w/W")
        return connection

    def _subscribe(self, subscription: Subscription) -> None:
        client = connections.client_for(subscription.connection)
        client.create_webhook_subscription(
            "http://localhost:8000/webhooks/calendly/the-key-of-this-test/",
            ["invitee.created", "invitee.canceled", "invitee_no_show.created", "invitee_no_show.deleted"],
            organization=self.sandbox.organization,
            scope="organization",
        )

    def _with_type(self, act: Json) -> Json:
        return {**act, "event_type": self.types[act["kind"]]} if act["act"] == "book" else act

    def _carry(self, chance: Any) -> None:
        """One in ten is lost, one in five comes twice, all in any order; one in ten dies with its worker at first."""
        carried = [delivery for delivery in self.sandbox.deliveries() if chance.random() >= 0.1]
        carried += [delivery for delivery in carried if chance.random() < 0.2]
        chance.shuffle(carried)
        for delivery in carried:
            post_delivery(delivery)
            if chance.random() < 0.1:
                die_while_working()
            elif chance.random() < 0.7:
                work()
        work()


def work() -> None:
    for delivery_id in inbox.due(now=timezone.now() + inbox.STALE_AFTER):
        inbox.process(delivery_id)


def die_while_working() -> None:
    """What a killed worker leaves: everything it wrote since its transaction began is gone."""
    with transaction.atomic():
        work()
        transaction.set_rollback(True)


def make_candidates(chance: Any) -> None:
    """Half the invitees are candidates, noted before their bookings are matched to them."""
    for email in sorted(set(Attempt.objects.values_list("invitee_email", flat=True))):
        if chance.random() < 0.5:
            candidate = CandidateFactory(email=email.lower())
            standings.refresh(candidates=[candidate.pk])


def compare(connection: Connection) -> None:
    run = syncs.start(connection, SyncRun.Kind.DEEP)
    assert syncs.advance(run.pk)


def ours() -> dict[str, tuple[Any, ...]]:
    return {
        attempt.invitee_uri: (
            attempt.status,
            attempt.is_no_show,
            attempt.starts_at.timestamp() if attempt.starts_at else None,
            attempt.previous_uri or None,
            attempt.next_uri or None,
        )
        for attempt in Attempt.objects.all()
    }


def theirs(truth: list[Json]) -> dict[str, tuple[Any, ...]]:
    return {
        row["uri"]: (
            row["status"],
            row["no_show"] is not None,
            datetime.fromisoformat(row["scheduled_event"]["start_time"]).timestamp(),
            row["old_invitee"],
            row["new_invitee"],
        )
        for row in truth
    }


def stories() -> list[tuple[frozenset[str], str]]:
    """Which attempts make one interview, and what it is now."""
    found = [
        (frozenset(row.attempts.values_list("invitee_uri", flat=True)), row.state) for row in Interview.objects.all()
    ]
    return sorted(found, key=lambda story: min(story[0]))


def theirs_in_stories(truth: list[Json]) -> list[tuple[frozenset[str], str]]:
    rows = {row["uri"]: row for row in truth}
    found = []
    for last in (row for row in truth if row["new_invitee"] is None):
        chain, earlier = [last["uri"]], last["old_invitee"]
        while earlier:
            chain.append(earlier)
            earlier = rows[earlier]["old_invitee"]
        found.append((frozenset(chain), state_of(last)))
    return sorted(found, key=lambda story: min(story[0]))


def state_of(invitee: Json) -> str:
    if invitee["status"] == "canceled":
        return "canceled"
    return "no_show" if invitee["no_show"] else "booked"
