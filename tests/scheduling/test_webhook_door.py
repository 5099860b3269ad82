"""The webhook door: what is let in, and what is turned away leaving nothing."""

import json
import logging
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from scheduling.models import Delivery, Subscription
from tests.deliveries import START, delivery_body, invitee, signature
from tests.factories import SubscriptionFactory

BODY = delivery_body("invitee.created", invitee("E1", "ANN"), at=START)


@pytest.fixture
def subscription(db: None) -> Subscription:
    return SubscriptionFactory()


def post(subscription: Subscription, body: bytes = BODY, header: str | None = None, key: str | None = None) -> int:
    path = f"/webhooks/calendly/{key or subscription.key}/"
    headers = {"calendly-webhook-signature": header} if header else {}
    return Client().post(path, body, content_type="application/json", headers=headers).status_code


def test_stores_what_calendly_signed(subscription: Subscription) -> None:
    assert post(subscription, header=signature(BODY)) == 200

    delivery = Delivery.objects.get()
    assert (bytes(delivery.body), delivery.state) == (BODY, Delivery.State.NEW)


def test_stores_the_same_body_once(subscription: Subscription) -> None:
    assert [post(subscription, header=signature(BODY)) for _ in range(2)] == [200, 200]

    assert Delivery.objects.count() == 1


def test_stores_a_signed_body_that_cannot_be_read(subscription: Subscription) -> None:
    assert post(subscription, b"not json", signature(b"not json")) == 200

    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (None, 403),
        ("t=1,v1=00", 403),
        ("nonsense", 403),
        (signature(BODY, key="forged"), 403),
        (signature(BODY, at=timezone.now() - timedelta(minutes=4)), 403),
    ],
    ids=["unsigned", "stale", "malformed", "forged", "old"],
)
def test_turns_away_what_is_not_proven(
    subscription: Subscription, caplog: pytest.LogCaptureFixture, header: str | None, status: int
) -> None:
    with caplog.at_level(logging.WARNING, logger="scheduling"):
        assert post(subscription, header=header) == status

    ours = [record for record in caplog.records if record.name.startswith("scheduling")]
    assert len(ours) == 1
    assert "ann@example.com" not in ours[0].getMessage()
    assert Delivery.objects.count() == 0


def test_turns_away_more_than_a_megabyte(subscription: Subscription) -> None:
    body = json.dumps({"event": "x" * 1_000_000}).encode()

    assert post(subscription, body, signature(body)) == 413
    assert Delivery.objects.count() == 0


def test_turns_away_an_unknown_key(subscription: Subscription) -> None:
    assert post(subscription, header=signature(BODY), key="somebody-elses") == 404


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_turns_away_other_methods(subscription: Subscription, method: str) -> None:
    response = getattr(Client(), method)(f"/webhooks/calendly/{subscription.key}/")

    assert response.status_code == 405
