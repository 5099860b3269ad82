"""More of the control API: deliveries in bulk, changed event types, grants taken back, keys of the gateway."""

from django.db import transaction

from sandbox import clock, courier, mailbox
from sandbox.addresses import identifier
from sandbox.control.views import Json, control
from sandbox.engine import resources, webhooks
from sandbox.gateway import connections
from sandbox.models import Delivery, EventType, GatewayKey, Mail, Member, Token
from sandbox.oauth.tokens import withdraw

GATEWAY_KEY = "anteroom-sandbox-gateway-key"


@control
def clear_deliveries(method: str, body: Json) -> Json:
    """POST {}: forget all."""
    return {"cleared": Delivery.objects.all().delete()[0]}


@control
def send_all(method: str, body: Json) -> Json:
    """POST {}: send everything due at once, though the courier be held."""
    return {"tried": courier.send_all()}


@control
def change_event_type(method: str, body: Json) -> Json:
    """POST {event_type, name?, active?, deleted?}: change an event type as its owner would; returns it."""
    row = EventType.objects.get(uuid=identifier(body["event_type"]))
    now = clock.now()
    row.name, row.is_active = body.get("name", row.name), body.get("active", row.is_active)
    row.deleted_at = now if body.get("deleted") else row.deleted_at
    row.updated_at = now
    with transaction.atomic(using="sandbox"):
        row.save()
        webhooks.tell_event_type("event_type.deleted" if body.get("deleted") else "event_type.updated", row)
    return resources.event_type(row)


@control
def revoke(method: str, body: Json) -> Json:
    """POST {access_token}: what a user does on their page of connected applications and personal tokens."""
    return {"revoked": withdraw(Token.objects.get(access_token=body["access_token"]))}


@control
def mails(method: str, body: Json) -> list[Json]:
    """GET: every mail the desk sent, oldest first; DELETE throws them away."""
    if method == "DELETE":
        Mail.objects.all().delete()
    return [
        {
            **mailbox.headers(row),
            "subject": row.subject,
            "text": mailbox.part(row, "plain"),
            "html": mailbox.part(row, "html"),
            "links": mailbox.links(row),
        }
        for row in Mail.objects.order_by("pk")
    ]


@control
def gateway_keys(method: str, body: Json) -> Json:
    """POST {connect?: role}: the gateway's account and, asked for, an active connection of the first such member."""
    account = GatewayKey.objects.get_or_create(key=GATEWAY_KEY)[0]
    answer = {"api_key": account.key}
    if "connect" in body:
        connection = connections.ask(account)
        connections.allow(connection, Member.objects.filter(role=body["connect"])[0])
        answer["connection_id"] = str(connection.uuid)
    return answer
