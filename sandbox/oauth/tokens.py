"""Codes and tokens: what is handed out, exchanged, refreshed and revoked."""

import base64
import hashlib
import hmac
import json
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from sandbox import clock, options
from sandbox.addresses import uri
from sandbox.models import Application, AuthorizationCode, Member, Subscription, Token

CODE_LIFE = timedelta(minutes=10)
TOKEN_LIFE = timedelta(hours=2)
TOKENS_PER_MINUTE = 8
SCOPES = {
    "users:read": "See who you are",
    "organizations:read": "See your organisation and its members",
    "organizations:write": "Manage your organisation's members",
    "groups:read": "See groups",
    "locations:read": "See connected meeting tools",
    "event_types:read": "See event types",
    "event_types:write": "Make and change event types",
    "availability:read": "See availability, busy times and schedules",
    "availability:write": "Change schedules and limits",
    "scheduled_events:read": "See booked events and their invitees",
    "scheduled_events:write": "Book and cancel events, and mark no-shows",
    "scheduling_links:write": "Make single-use booking links",
    "shares:read": "See customised links",
    "shares:write": "Make and change customised links",
    "routing_forms:read": "See routing forms and submissions",
    "contacts:read": "See contacts",
    "contacts:write": "Change contacts",
    "meeting_recaps:read": "See meeting recaps",
    "meeting_recaps:write": "Change meeting recaps",
    "webhooks:read": "See webhook subscriptions",
    "webhooks:write": "Subscribe to webhooks",
    "activity_log:read": "See the activity log",
    "outgoing_communications:read": "See outgoing communications",
    "data_compliance:write": "Delete people's data",
}


class GrantRefused(Exception):
    """The code or refresh token cannot be exchanged."""


class TooManyTokens(Exception):
    """More than eight tokens for one user within a minute."""


def issue_code(
    application: Application, member: Member, *, redirect_uri: str, scope: str, code_challenge: str
) -> AuthorizationCode:
    """A code for the redirect back."""
    return AuthorizationCode.objects.create(
        code=secrets.token_urlsafe(32),
        application=application,
        member=member,
        redirect_uri=redirect_uri,
        scope=scope,
        code_challenge=code_challenge,
        created_at=clock.now(),
    )


@transaction.atomic(using="sandbox")
def exchange(application: Application, *, code: str, redirect_uri: str, code_verifier: str) -> Token:
    """Turn a code into tokens: once, in time, by its own application, address and PKCE verifier."""
    now = clock.now()
    row = AuthorizationCode.objects.filter(code=code, application=application).first()
    if row is None or row.used_at or now - row.created_at > CODE_LIFE or row.redirect_uri != redirect_uri:
        raise GrantRefused
    if row.code_challenge and not hmac.compare_digest(challenge(code_verifier), row.code_challenge):
        raise GrantRefused
    if not AuthorizationCode.objects.filter(pk=row.pk, used_at=None).update(used_at=now):
        raise GrantRefused
    return issue(row.member, application=application, scope=row.scope)


@transaction.atomic(using="sandbox")
def refresh(application: Application, refresh_token: str) -> Token:
    """Rotate: the presented refresh token is spent at once, and its access token with it."""
    now = clock.now()
    presented = Token.objects.filter(refresh_token=refresh_token, application=application)
    old = presented.filter(revoked_at=None).first()
    if old is None or not Token.objects.filter(pk=old.pk, refreshed_at=None).update(refreshed_at=now, revoked_at=now):
        return _newer(presented, now)
    return issue(old.member, application=application, scope=old.scope, refreshed_from=old)


def _newer(spent: "QuerySet[Token]", now: datetime) -> Token:
    """The pair a spent refresh token was exchanged for, within option `refresh_grace_s`."""
    grace = timedelta(seconds=int(options.read("refresh_grace_s")))
    lately = spent.filter(refreshed_at__gt=now - grace)
    newer = Token.objects.filter(refreshed_from__in=lately, revoked_at=None).first()
    if newer is None:
        raise GrantRefused
    return newer


def issue(
    member: Member,
    *,
    application: Application | None,
    scope: str,
    expires_in: timedelta | None = TOKEN_LIFE,
    refreshed_from: Token | None = None,
) -> Token:
    """A new pair; for no application a personal access token, which never expires and is never refreshed."""
    now = clock.now()
    if application is not None and _issued_lately(member, now) >= TOKENS_PER_MINUTE:
        raise TooManyTokens
    expires_at = now + expires_in if application is not None and expires_in is not None else None
    return Token.objects.create(
        application=application,
        member=member,
        access_token=_jwt(member, application, now, expires_at),
        refresh_token=secrets.token_urlsafe(32) if application else None,
        scope=scope,
        created_at=now,
        expires_at=expires_at,
        refreshed_from=refreshed_from,
    )


def revoke(application: Application, token: str) -> bool:
    """Make the pair worthless that an access or refresh token belongs to; false when it is not known."""
    row = Token.objects.filter(Q(access_token=token) | Q(refresh_token=token), application=application).first()
    return row is not None and withdraw(row)


@transaction.atomic(using="sandbox")
def withdraw(row: Token) -> bool:
    """End a grant or a personal token, and with it the member's hooks; false when it was over already."""
    now = clock.now()
    if not Token.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=now):
        return False
    if options.read("hooks_after_revoke") == "disable":
        made = Subscription.objects.filter(creator=row.member, application=row.application)
        made.update(state=Subscription.State.DISABLED, updated_at=now)
    return True


def challenge(code_verifier: str) -> str:
    """RFC 7636, S256."""
    digest = hashlib.sha256(code_verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _issued_lately(member: Member, now: datetime) -> int:
    recent = Token.objects.filter(member=member, created_at__gt=now - timedelta(minutes=1))
    return recent.exclude(application=None).count()


def _jwt(member: Member, application: Application | None, now: datetime, expires_at: datetime | None) -> str:
    """Looks like Calendly's; nobody may read it, so its signature is noise."""
    claims = {
        "iss": uri("", "").rstrip("/").replace("api.", "auth."),
        "iat": int(now.timestamp()),
        "jti": secrets.token_hex(16),
        "user_uuid": str(member.uuid),
        "app_uid": application.client_id if application else None,
        "exp": int(expires_at.timestamp()) if expires_at else None,
    }
    parts = [{"alg": "ES256", "typ": "JWT"}, {key: value for key, value in claims.items() if value is not None}]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, secrets.token_urlsafe(32)])
