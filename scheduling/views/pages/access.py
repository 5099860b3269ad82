"""Pages for the ways to connect that are not Calendly's own sign-in."""

import time

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from scheduling.calendly import errors, gateway
from scheduling.calendly.oauth import OPTIONAL_SCOPES, SCOPES
from scheduling.calendly.resources import GatewayConnection
from scheduling.forms.connections import GatewayKeyForm, TokenForm
from scheduling.models.fields import decrypt, encrypt
from scheduling.services import connections

may_change = permission_required("scheduling.change_connection", raise_exception=True)

SESSION_KEY = "gateway_key"
REMEMBERED_S = 15 * 60


@require_safe
@may_change
def token_form(request: HttpRequest) -> HttpResponse:
    return show_token_form(request, TokenForm())


def show_token_form(request: HttpRequest, form: TokenForm) -> HttpResponse:
    context = {"form": form, "scopes": [*SCOPES, *OPTIONAL_SCOPES]}
    return render(request, "scheduling/connect_token.html", context, status=422 if form.errors else 200)


@require_safe
@may_change
def gateway_page(request: HttpRequest) -> HttpResponse:
    return show_gateway(request, GatewayKeyForm())


def show_gateway(request: HttpRequest, form: GatewayKeyForm) -> HttpResponse:
    """The key, then the connections it has: one to use, the pending ones to consent to."""
    key = remembered_key(request)
    found: list[GatewayConnection] = []
    problem = ""
    if key is not None:
        try:
            found = connections.gateway(key).connections()
        except errors.CalendlyError:
            problem = "The gateway gave no usable answer. Try again in a minute."
    active = [row for row in found if row.status == gateway.ACTIVE]
    context = {
        "form": form,
        "has_key": key is not None,
        "active": active,
        "default": active[0] if active else None,
        "pending": [row for row in found if row.status != gateway.ACTIVE and _may_open(row.url)],
        "problem": problem,
        "gateway_url": settings.CALENDLY_GATEWAY_URL,
    }
    return render(request, "scheduling/connect_gateway.html", context, status=422 if form.errors else 200)


def _may_open(url: str) -> bool:
    """A link we show must be a web address, whatever the gateway answers."""
    return url.startswith(("https://", "http://localhost", "http://127.0.0.1"))


def remember_key(request: HttpRequest, key: str) -> None:
    """Keep the key in this browser's session, encrypted, while its owner is at the gateway's consent page."""
    request.session[SESSION_KEY] = {"key": encrypt(key), "until": time.time() + REMEMBERED_S}


def remembered_key(request: HttpRequest) -> str | None:
    kept = request.session.get(SESSION_KEY)
    if not kept or kept["until"] < time.time():
        return None
    try:
        return decrypt(kept["key"])
    except InvalidToken:
        return None


def forget_key(request: HttpRequest) -> None:
    request.session.pop(SESSION_KEY, None)
