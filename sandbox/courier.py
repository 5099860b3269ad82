"""Sends deliveries over HTTP, signed by its own few lines, and tries again as Calendly says it does."""

import hashlib
import hmac
import logging
from datetime import datetime, timedelta

import requests
from django.db import transaction

from sandbox import clock, options
from sandbox.models import Delivery, Subscription

logger = logging.getLogger(__name__)

# Connect and read, in seconds.
TIMEOUT_S = (10, 15)
RETRIES = [timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720)]
GIVE_UP_AFTER = timedelta(hours=24)
CLAIM = timedelta(seconds=40)
SIGNATURE = "Calendly-Webhook-Signature"


def send_due() -> int:
    """Send what is due, unless the courier is held; returns how many were tried."""
    return _send_batch() if options.read("courier") == "send" else 0


def send_all() -> int:
    """Send everything due, held or not, until nothing is; returns how many were tried."""
    tried = 0
    while batch := _send_batch():
        tried += batch
    return tried


def _send_batch() -> int:
    now = clock.now()
    due = Delivery.objects.filter(state=Delivery.State.WAITING, next_try_at__lte=now)
    ids = list(due.order_by("next_try_at", "pk").values_list("pk", flat=True)[:50])
    return sum(_claim(delivery_id, now) and send(delivery_id) for delivery_id in ids)


def _claim(delivery_id: int, now: datetime) -> bool:
    """Two couriers may run; whoever moves the due time sends."""
    waiting = Delivery.objects.filter(pk=delivery_id, state=Delivery.State.WAITING, next_try_at__lte=now)
    return bool(waiting.update(next_try_at=now + CLAIM))


def send(delivery_id: int) -> bool:
    """Send one delivery now and keep what came of it."""
    delivery = Delivery.objects.select_related("subscription__application").get(pk=delivery_id)
    sent = headers(delivery)
    answer = _post(delivery, sent)
    with transaction.atomic(using="sandbox"):
        delivery.attempts += 1
        delivery.signature = delivery.signature or sent.get(SIGNATURE, "")
        delivery.last_answer = answer[:200]
        if answer.isdecimal() and 200 <= int(answer) < 300:
            _delivered(delivery)
        else:
            _failed(delivery)
        delivery.save()
    return True


def headers(delivery: Delivery) -> dict[str, str]:
    """What goes with the body; a subscription without a key is not signed."""
    found = {"Content-Type": "application/json"}
    if delivery.subscription.key:
        found[SIGNATURE] = _signature(delivery)
    return found


def _signature(delivery: Delivery) -> str:
    """Every try is signed anew, unless option `retry_signature` repeats the first header."""
    if delivery.signature and options.read("retry_signature") == "same":
        return delivery.signature
    at = clock.now() + timedelta(seconds=float(options.read("signature_skew_s")))
    return signature(delivery.body.encode(), key=delivery.subscription.key, at=at)


def signature(body: bytes, *, key: str, at: datetime) -> str:
    """`t=<seconds>,v1=<hex of HMAC-SHA256 over t.body>`."""
    seconds = str(int(at.timestamp()))
    digest = hmac.new(key.encode(), seconds.encode() + b"." + body, hashlib.sha256)
    return f"t={seconds},v1={digest.hexdigest()}"


def _post(delivery: Delivery, sent: dict[str, str]) -> str:
    """The status, or the failure's name. A redirect is a failure and is not followed."""
    try:
        response = requests.post(
            delivery.subscription.callback_url,
            data=delivery.body.encode(),
            headers=sent,
            timeout=TIMEOUT_S,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        return type(error).__name__
    return str(response.status_code)


def _delivered(delivery: Delivery) -> None:
    delivery.state = Delivery.State.DELIVERED
    Subscription.objects.filter(pk=delivery.subscription_id).update(retry_started_at=None)


def _failed(delivery: Delivery) -> None:
    """Back off; after a day without one success the subscription is disabled and nothing is queued any more."""
    now = clock.now()
    pace = float(options.read("retry_pace"))
    wait = RETRIES[min(delivery.attempts, len(RETRIES)) - 1] / pace
    delivery.next_try_at = now + wait
    subscription = delivery.subscription
    started = subscription.retry_started_at or now
    Subscription.objects.filter(pk=subscription.pk, retry_started_at=None).update(retry_started_at=now)
    if now - delivery.created_at > GIVE_UP_AFTER / pace:
        delivery.state = Delivery.State.GIVEN_UP
    if now - started > GIVE_UP_AFTER / pace:
        logger.warning("subscription %s is disabled", subscription.pk)
        disabled = Subscription.State.DISABLED
        Subscription.objects.filter(pk=subscription.pk).update(state=disabled, updated_at=now)
