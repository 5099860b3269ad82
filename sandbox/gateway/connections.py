"""Connections: asked for, allowed or denied by a person, used, given back."""

import secrets

from django.db import transaction

from sandbox import clock
from sandbox.models import Application, GatewayConnection, GatewayKey, Member
from sandbox.oauth import tokens

CLIENT_ID = "gateway"


class NoneActive(Exception):
    """No connection could carry the call."""


class Unknown(Exception):
    """The account has no such connection."""


def ask(account: GatewayKey) -> GatewayConnection:
    """A pending connection."""
    now = clock.now()
    return GatewayConnection.objects.create(account=account, created_at=now, updated_at=now)


@transaction.atomic(using="sandbox")
def allow(connection: GatewayConnection, member: Member) -> None:
    """The member grants the gateway everything; its token lasts, as the gateway refreshes unseen."""
    connection.token = tokens.issue(member, application=_application(), scope="default", expires_in=None)
    _answered(connection, GatewayConnection.Status.ACTIVE)


def deny(connection: GatewayConnection) -> None:
    _answered(connection, GatewayConnection.Status.FAILED)


@transaction.atomic(using="sandbox")
def delete(connection: GatewayConnection) -> None:
    """The grant is given back with it."""
    if connection.token is not None:
        tokens.withdraw(connection.token)
    connection.delete()


def get(account: GatewayKey, identifier: str) -> GatewayConnection:
    """Raises `Unknown`."""
    rows = account.connections.select_related("token")
    row = next((row for row in rows if str(row.uuid) == identifier), None)
    if row is None:
        raise Unknown
    return row


def choose(account: GatewayKey, identifier: str | None) -> GatewayConnection:
    """The named connection, or the oldest active one. Raises `Unknown` or `NoneActive`."""
    active = account.connections.select_related("token").filter(status=GatewayConnection.Status.ACTIVE)
    row = get(account, identifier) if identifier else active.first()
    if row is None or row.status != GatewayConnection.Status.ACTIVE:
        raise NoneActive
    return row


def _answered(connection: GatewayConnection, status: GatewayConnection.Status) -> None:
    connection.status = status
    connection.updated_at = clock.now()
    connection.save()


def _application() -> Application:
    """The gateway's own; nobody else knows its signing key."""
    facts = {"client_secret": secrets.token_hex(), "name": "Gateway", "signing_key": secrets.token_hex()}
    return Application.objects.get_or_create(client_id=CLIENT_ID, defaults=facts)[0]
