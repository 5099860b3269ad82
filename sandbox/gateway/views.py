"""The gateway's doors: connections over JSON, consent in a page, and everything below calendly/ passed on."""

import json
from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import HttpHeaders
from django.shortcuts import get_object_or_404, render
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from sandbox.addresses import identifier, site, stamp
from sandbox.api import problems
from sandbox.engine.resources import Json
from sandbox.gateway import connections as rows
from sandbox.models import GatewayConnection, GatewayKey, Member

View = Callable[..., HttpResponse]
APP = "calendly"


def keyed(view: View) -> View:
    """Give the view the account of the API key; a wrong key is a 401, what cannot be found or used a 404 or 400."""

    @csrf_exempt
    @login_not_required
    @wraps(view)
    def door(request: HttpRequest, **parts: str) -> HttpResponse:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        account = GatewayKey.objects.filter(key=key).first()
        if scheme != "Bearer" or account is None:
            return _error("Invalid API key", status=401)
        try:
            return view(request, account, **parts)
        except rows.Unknown:
            return _error("Connection not found", status=404)
        except rows.NoneActive:
            return _error("No active connection", status=400)

    return door


@keyed
@require_http_methods(["GET", "POST"])
def connections(request: HttpRequest, account: GatewayKey) -> HttpResponse:
    """List, or ask for one."""
    if request.method == "POST":
        return _create(request, account)
    found = account.connections.all()
    if status := request.GET.get("status"):
        found = found.filter(status=status)
    if request.GET.get("app", APP) != APP:
        found = found.none()
    return JsonResponse({"connections": [_connection(row) for row in found]})


def _create(request: HttpRequest, account: GatewayKey) -> HttpResponse:
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict) or body.get("app") != APP:
        return _error("Unknown app", status=400)
    return JsonResponse({"connection": _connection(rows.ask(account))}, status=201)


@keyed
@require_http_methods(["GET", "DELETE"])
def connection(request: HttpRequest, account: GatewayKey, uuid: str) -> HttpResponse:
    row = rows.get(account, uuid)
    if request.method == "DELETE":
        rows.delete(row)
        return JsonResponse({})
    return JsonResponse({"connection": _connection(row)})


@login_not_required
@require_http_methods(["GET", "POST"])
def connect(request: HttpRequest, session: str) -> HttpResponse:
    """Calendly's consent page, asked by the gateway; answered once."""
    row = get_object_or_404(GatewayConnection, session=session)
    members = Member.objects.order_by("pk")
    if row.status != GatewayConnection.Status.PENDING:
        return _told(request, "This connection has been answered already", status=404)
    if request.method == "GET":
        return render(request, "sandbox/consent.html", _consent(list(members)))
    if request.POST.get("decision") != "allow":
        rows.deny(row)
        return _told(request, "The connection was denied")
    rows.allow(row, get_object_or_404(members, uuid=identifier(request.POST.get("user", ""))))
    return _told(request, "The connection is made")


@keyed
def calendly(request: HttpRequest, account: GatewayKey, path: str) -> HttpResponse:
    """The same operations as at Calendly's own address, as the member of the chosen connection."""
    row = rows.choose(account, request.headers.get("Maton-Connection"))
    try:
        found = resolve(f"/{path}", urlconf="sandbox.api.urls")
    except Resolver404:
        return problems.not_found().response()
    request.META["HTTP_AUTHORIZATION"] = f"Bearer {row.token.access_token if row.token else ''}"
    request.headers = HttpHeaders(request.META)
    # Answers are passed back as they are: addresses of further pages lead to Calendly, not to the gateway.
    request.path = request.path_info = f"/sandbox/api/{path}"
    response: HttpResponse = found.func(request, **found.kwargs)
    return response


def _connection(row: GatewayConnection) -> Json:
    return {
        "connection_id": str(row.uuid),
        "status": row.status,
        "creation_time": stamp(row.created_at),
        "last_updated_time": stamp(row.updated_at),
        "url": site(f"gateway/connect/{row.session}"),
        "app": APP,
        "metadata": {},
    }


def _consent(members: list[Member]) -> Json:
    return {
        "application_name": "The gateway",
        "scopes": [{"name": "default", "description": "Everything you can do yourself"}],
        "users": members,
        "signed_in_user": members[0] if members else None,
        "fields": {},
    }


def _told(request: HttpRequest, title: str, *, status: int = 200) -> HttpResponse:
    context = {"title": title, "message": "You can close this page."}
    return render(request, "sandbox/problem.html", context, status=status)


def _error(message: str, *, status: int) -> HttpResponse:
    return JsonResponse({"error": message}, status=status)
