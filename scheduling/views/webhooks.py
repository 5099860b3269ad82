"""The door Calendly's deliveries come through: verify, store, hand over."""

import logging
from functools import partial

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.request import UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from scheduling import tasks
from scheduling.calendly import webhooks
from scheduling.models import Subscription
from scheduling.services import inbox, subscriptions

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 1_000_000


@csrf_exempt
@login_not_required
def calendly(request: HttpRequest, key: str) -> HttpResponse:
    """Take in one delivery.

    1. Method, size, subscription key, then the signature over the raw bytes: what is not right gets a 4xx and leaves
       nothing but one log line without personal data.
    2. Insert the raw body in its own transaction; the same body again changes nothing.
    3. On commit wake a worker. The answer is 200 in any case: should the queue be down, the sweep finds the row.
    """
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    body = _read(request)
    if body is None:
        return _refuse("too large or cut off", status=413)
    subscription = Subscription.objects.select_related("connection").filter(key=key).first()
    if subscription is None:
        return _refuse("unknown subscription", status=404)
    try:
        webhooks.verify(
            header=request.headers.get("Calendly-Webhook-Signature"),
            body=body,
            keys=subscriptions.accepted_keys(subscription),
            now=timezone.now(),
        )
    except webhooks.SignatureError as error:
        return _refuse(str(error), status=403)
    with transaction.atomic():
        delivery = inbox.store(subscription, body, now=timezone.now())
        if delivery is not None:
            transaction.on_commit(partial(tasks.wake, tasks.process_delivery, delivery.pk))
    return HttpResponse(status=200)


def _read(request: HttpRequest) -> bytes | None:
    """The raw body; None when it is over the limit or did not arrive whole."""
    try:
        if int(request.headers.get("Content-Length") or 0) > MAX_BODY_BYTES:
            return None
        body = request.body
    except (ValueError, RequestDataTooBig, UnreadablePostError):
        return None
    return body if len(body) <= MAX_BODY_BYTES else None


def _refuse(why: str, *, status: int) -> HttpResponse:
    logger.warning("refused a delivery: %s", why)
    return HttpResponse(status=status)
