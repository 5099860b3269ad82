"""What every operation has in common: edge, token, rate limit, switches, scope, errors, headers, log."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from sandbox import clock, options
from sandbox.api import breaks, log, problems
from sandbox.engine.resources import Json
from sandbox.models import ApiRequest, Application, Member, Organization, Token

LIMITS = {Organization.Stage.PAID: 500, Organization.Stage.TRIAL: 500, Organization.Stage.FREE: 50}
EDGE_PAGE = "<!doctype html><title>Access denied</title><h1>Error 1010</h1><p>Access denied</p>"


@dataclass(frozen=True)
class Call:
    """A request that has passed the door."""

    request: HttpRequest
    member: Member
    application: Application | None
    scope: str
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def query(self) -> dict[str, str]:
        return {name: value for name, value in self.request.GET.items() if isinstance(value, str)}

    def has_scope(self, scope: str) -> bool:
        """A `:write` scope includes its `:read`."""
        granted = self.scope.split()
        return "default" in granted or scope in granted or scope.replace(":read", ":write") in granted


Operation = Callable[..., Json | None]
View = Callable[..., HttpResponse]


def operation(
    name: str, *, scope: str | Callable[[], str], status: int = 200, fields: tuple[str, ...] = ()
) -> Callable[[Operation], View]:
    """Make a view of an operation: a function of a `Call` and path parts that returns the body or raises `ApiError`.

    None as the body is a 204. `scope` may name several, and is a function where an option decides. `fields` are the
    body's, all others unknown; without them none is.
    """

    def decorate(function: Operation) -> View:
        @wraps(function)
        def view(request: HttpRequest, **parts: str) -> HttpResponse:
            if not request.headers.get("User-Agent") or "Python-urllib" in request.headers["User-Agent"]:
                return HttpResponse(EDGE_PAGE, status=403)
            member: Member | None = None
            try:
                token = _authenticate(request)
                member = token.member
                call = _enter(request, token, name=name)
                if isinstance(call, Call):
                    _check(call, scopes=scope if isinstance(scope, str) else scope(), fields=fields)
                response = call if isinstance(call, HttpResponse) else _render(function(call, **parts), status)
            except problems.ApiError as error:
                response = error.response()
            if member is not None:
                _write_limit(response, member)
            log.keep(request, response, operation=name, member=member)
            return breaks.lose(request, response, name)

        return view

    return decorate


def dispatch(**views: View) -> View:
    """One path, several methods; an unknown method is 404, as live."""

    @csrf_exempt
    @login_not_required
    def view(request: HttpRequest, **parts: str) -> HttpResponse:
        chosen = views.get(request.method or "")
        return chosen(request, **parts) if chosen else problems.not_found().response()

    return view


def _enter(request: HttpRequest, token: Token, *, name: str) -> "Call | HttpResponse":
    """Rate limit, switches: a `Call` when they let it pass, else a broken answer."""
    if _recent(token.member).count() >= _limit(token.member):
        raise problems.too_many()
    broken = breaks.apply(request, name)
    if broken is not None:
        return broken
    return Call(request, token.member, token.application, token.scope, _body(request))


def _check(call: Call, *, scopes: str, fields: tuple[str, ...]) -> None:
    """Scopes, and the body's keys when option `unknown_fields` minds them."""
    missing = [scope for scope in scopes.split() if not call.has_scope(scope)]
    if missing:
        raise problems.insufficient_scope(*missing)
    unknown = sorted(set(call.body) - set(fields)) if fields else []
    if unknown and options.read("unknown_fields") == "rejected":
        raise problems.invalid(*[(name, "is not allowed") for name in unknown])


def _render(body: Json | None, status: int) -> HttpResponse:
    return HttpResponse(status=204) if body is None else JsonResponse(body, status=status)


def _authenticate(request: HttpRequest) -> Token:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    token = Token.objects.select_related("member__organization", "application").filter(access_token=text).first()
    if scheme != "Bearer" or token is None:
        raise problems.unauthenticated()
    if token.revoked_at is not None:
        raise problems.unauthenticated("The access token was revoked")
    if token.expires_at is not None and token.expires_at <= clock.now():
        raise problems.unauthenticated("The access token expired")
    return token


def _body(request: HttpRequest) -> dict[str, Any]:
    if request.method not in ("POST", "PATCH") or not request.body:
        return {}
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise problems.invalid(("body", "is not valid JSON")) from error
    if not isinstance(body, dict):
        raise problems.invalid(("body", "must be an object"))
    return body


def _limit(member: Member) -> int:
    own = options.read("rate_limit")
    return int(own) if own else LIMITS[Organization.Stage(member.organization.stage)]


def _recent(member: Member) -> "QuerySet[ApiRequest]":
    """Requests of this user within the window, over all applications and tokens."""
    since = clock.now() - timedelta(seconds=int(options.read("rate_window_s")))
    return ApiRequest.objects.filter(member=member, made_at__gt=since)


def _write_limit(response: HttpResponse, member: Member) -> None:
    limit, window_s, recent = _limit(member), int(options.read("rate_window_s")), _recent(member)
    first = recent.order_by("made_at").values_list("made_at", flat=True).first()
    reset = window_s - int((clock.now() - first).total_seconds()) if first else window_s
    response["X-RateLimit-Limit"] = str(limit)
    response["X-RateLimit-Remaining"] = str(max(0, limit - recent.count() - 1))
    response["X-RateLimit-Reset"] = str(max(1, reset))
    if response.status_code == 429 and options.read("retry_after") == "present":
        response["Retry-After"] = response["X-RateLimit-Reset"]
