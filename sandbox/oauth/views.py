"""/oauth/authorize, /token, /revoke and /introspect."""

import base64
import binascii
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from sandbox import clock, options
from sandbox.api import breaks, log
from sandbox.models import Application, Member, Token
from sandbox.oauth import tokens

INVALID_GRANT = (
    "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the "
    "authorization request, or was issued to another client."
)
INVALID_CLIENT = (
    "Client authentication failed due to unknown client, no client authentication included, or unsupported "
    "authentication method."
)
FIELDS = ("client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method")


@login_not_required
@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """The consent page. A wrong client or address is told here; everything else goes back to the application."""
    asked = request.POST if request.method == "POST" else request.GET
    fields = {name: asked.get(name, "") for name in FIELDS}
    application = Application.objects.filter(client_id=fields["client_id"]).first()
    if application is None or fields["redirect_uri"] not in application.redirect_uris:
        problem = "Unknown application." if application is None else "The redirect address is not registered."
        context = {"title": "This connection cannot be made", "message": problem}
        return render(request, "sandbox/problem.html", context, status=400)
    error = _invalid(fields)
    if error:
        return _back(fields, error=error)
    if request.method == "GET":
        return render(request, "sandbox/consent.html", _consent(application, fields))
    if request.POST.get("decision") != "allow":
        return _back(fields, error="access_denied", error_description="The resource owner denied the request.")
    chosen = request.POST.get("user", "")
    member = next((member for member in Member.objects.all() if member.uri == chosen), _owner())
    code = tokens.issue_code(
        application,
        member,
        redirect_uri=fields["redirect_uri"],
        scope=" ".join(request.POST.getlist("granted")) or fields["scope"] or "default",
        code_challenge=fields["code_challenge"],
    )
    return _back(fields, code=code.code)


def _invalid(fields: dict[str, str]) -> str:
    if fields["response_type"] != "code":
        return "unsupported_response_type"
    unknown = set(fields["scope"].split()) - set(tokens.SCOPES) - {"default"}
    if unknown:
        return "invalid_scope"
    if fields["code_challenge"] and fields["code_challenge_method"] != "S256":
        return "invalid_request"
    return ""


def _consent(application: Application, fields: dict[str, str]) -> dict[str, object]:
    owner = _owner()
    return {
        "application_name": application.name,
        "scopes": [
            {"name": scope, "description": tokens.SCOPES.get(scope, "Everything you can do yourself")}
            for scope in fields["scope"].split() or ["default"]
        ],
        "users": Member.objects.filter(organization=owner.organization),
        "signed_in_user": owner,
        "fields": fields,
    }


def _owner() -> Member:
    return Member.objects.filter(role=Member.Role.OWNER).order_by("pk")[0]


def _back(fields: dict[str, str], **answer: str) -> HttpResponse:
    if fields["state"]:
        answer["state"] = fields["state"]
    joint = "&" if "?" in fields["redirect_uri"] else "?"
    return HttpResponseRedirect(f"{fields['redirect_uri']}{joint}{urlencode(answer)}")


@csrf_exempt
@login_not_required
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """Exchange a code or a refresh token."""
    broken = breaks.apply(request, "oauth.token")
    if broken is not None:
        return log.keep(request, broken, operation="oauth.token")
    response = log.keep(request, _token(request), operation="oauth.token")
    return breaks.lose(request, response, "oauth.token")


def _token(request: HttpRequest) -> HttpResponse:
    application = _client(request)
    if application is None:
        return _error("invalid_client", INVALID_CLIENT, status=401)
    try:
        row = _grant(request, application)
    except tokens.GrantRefused:
        return _error("invalid_grant", INVALID_GRANT, status=int(options.read("invalid_grant_status")))
    except tokens.TooManyTokens:
        return _too_many()
    if row is None:
        return _error("unsupported_grant_type", "The authorization grant type is not supported.")
    return JsonResponse(
        {
            "token_type": "Bearer",
            "access_token": row.access_token,
            "refresh_token": row.refresh_token,
            "scope": row.scope,
            "created_at": int(row.created_at.timestamp()),
            "expires_in": int(tokens.TOKEN_LIFE.total_seconds()),
            "owner": row.member.uri,
            "organization": row.member.organization.uri,
        }
    )


def _grant(request: HttpRequest, application: Application) -> Token | None:
    grant_type = request.POST.get("grant_type")
    if grant_type == "authorization_code":
        return tokens.exchange(
            application,
            code=request.POST.get("code", ""),
            redirect_uri=request.POST.get("redirect_uri", ""),
            code_verifier=request.POST.get("code_verifier", ""),
        )
    if grant_type == "refresh_token":
        return tokens.refresh(application, request.POST.get("refresh_token", ""))
    return None


@csrf_exempt
@login_not_required
@require_POST
def revoke(request: HttpRequest) -> HttpResponse:
    """Revoke by access or refresh token; an unknown token is no error (RFC 7009)."""
    broken = breaks.apply(request, "oauth.revoke")
    if broken is not None:
        return log.keep(request, broken, operation="oauth.revoke")
    application = _client(request)
    if application is None:
        return log.keep(request, _error("invalid_client", INVALID_CLIENT, status=403), operation="oauth.revoke")
    tokens.revoke(application, request.POST.get("token", ""))
    return breaks.lose(request, log.keep(request, JsonResponse({}), operation="oauth.revoke"), "oauth.revoke")


@csrf_exempt
@login_not_required
@require_POST
def introspect(request: HttpRequest) -> HttpResponse:
    """Say what a token is."""
    application = _client(request)
    if application is None:
        return _error("invalid_client", INVALID_CLIENT, status=401)
    row = Token.objects.filter(application=application, access_token=request.POST.get("token", "")).first()
    is_active = row is not None and row.revoked_at is None and row.expires_at is not None
    if row is None or row.expires_at is None or not is_active or row.expires_at <= clock.now():
        return JsonResponse({"active": False})
    return JsonResponse(
        {
            "active": True,
            "scope": row.scope,
            "client_id": application.client_id,
            "token_type": "Bearer",
            "exp": int(row.expires_at.timestamp()),
            "iat": int(row.created_at.timestamp()),
            "owner": row.member.uri,
            "organization": row.member.organization.uri,
        }
    )


def _client(request: HttpRequest) -> Application | None:
    """The application, by HTTP Basic or by id and secret in the body."""
    client_id, secret = request.POST.get("client_id", ""), request.POST.get("client_secret", "")
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(credentials).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
    return Application.objects.filter(client_id=client_id, client_secret=secret).exclude(client_secret="").first()


def _too_many() -> HttpResponse:
    response = _error("too_many_requests", "Rate limit exceeded", status=429)
    if options.read("retry_after") == "present":
        response["Retry-After"] = "60"
    return response


def _error(code: str, description: str, *, status: int = 400) -> HttpResponse:
    return JsonResponse({"error": code, "error_description": description}, status=status)
