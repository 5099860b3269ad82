"""OAuth 2.0 at Calendly: scopes, exchanging, refreshing and revoking tokens."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import requests
from pydantic import ValidationError

from scheduling.calendly import session
from scheduling.calendly.errors import CalendlyError, GrantLost, RateLimited, Rejected, Unavailable
from scheduling.calendly.resources import OAuthToken

# Exactly what the product calls; a `:write` scope includes its `:read`.
SCOPES = (
    "users:read",
    "organizations:read",
    "event_types:read",
    "availability:read",
    "scheduled_events:write",
    "scheduling_links:write",
    "webhooks:write",
)
# What is better with than without: asked for, and done without when the plan or the application lacks them.
OPTIONAL_SCOPES = ("shares:write", "routing_forms:read")
# What applications made before March 2026 are granted: everything.
ALL_SCOPES = "default"


def missing_scopes(granted: str, wanted: Sequence[str] = SCOPES) -> tuple[str, ...]:
    """Which of the wanted scopes a space-separated grant lacks."""
    scopes = set(granted.split())
    if ALL_SCOPES in scopes:
        return ()
    return tuple(scope for scope in wanted if not _covers(scopes, scope))


def _covers(granted: set[str], scope: str) -> bool:
    return scope in granted or scope.replace(":read", ":write") in granted


@dataclass(frozen=True)
class OAuthApp:
    """Our application as registered at Calendly; authenticates with HTTP Basic."""

    auth_url: str
    client_id: str
    client_secret: str = field(repr=False)

    def exchange(self, *, code: str, redirect_uri: str, code_verifier: str) -> OAuthToken:
        """Turn an authorisation code (single use, ten minutes) into tokens; never retried.

        Raises `GrantLost` when the code is spent, too old or not ours, `Rejected` when Calendly refuses the
        application, `RateLimited`, or `Unavailable`.
        """
        data = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return self._token({**data, "code_verifier": code_verifier}, operation="oauth.exchange")

    def refresh(self, refresh_token: str) -> OAuthToken:
        """Exchange a refresh token, which is single-use, for a new pair; never retried.

        Raises `GrantLost` when it is spent, or when its answer was lost after sending: the pair that came with the
        answer is gone too. `Unavailable` when nothing was sent, so that trying again is safe.
        """
        data = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        try:
            return self._token(data, operation="oauth.refresh")
        except Unavailable as error:
            if error.maybe_done:
                raise GrantLost("the answer was lost", operation="oauth.refresh", status=error.status) from error
            raise

    def revoke(self, token: str) -> None:
        """Make an access or refresh token, and the grant behind it, worthless."""
        data = {"client_id": self.client_id, "client_secret": self.client_secret, "token": token}
        response = self._post("/oauth/revoke", data, operation="oauth.revoke")
        if not response.ok:
            raise self._error(response, operation="oauth.revoke")

    def _token(self, data: dict[str, str], *, operation: str) -> OAuthToken:
        response = self._post("/oauth/token", data, operation=operation)
        if not response.ok:
            raise self._error(response, operation=operation)
        try:
            return OAuthToken.model_validate(response.json())
        except (ValueError, ValidationError):
            # Without the original, which would show the body with its tokens.
            raise Unavailable("unreadable token answer", operation=operation, maybe_done=True) from None

    def _post(self, path: str, data: dict[str, str], *, operation: str) -> requests.Response:
        try:
            return session.build_session().post(
                self.auth_url + path,
                data=data,
                auth=(self.client_id, self.client_secret),
                timeout=session.TIMEOUT_S,
                allow_redirects=False,
            )
        except requests.ConnectTimeout as error:
            raise Unavailable("no connection", operation=operation) from error
        except requests.RequestException as error:
            raise Unavailable("no answer", operation=operation, maybe_done=not session.was_refused(error)) from error

    def _error(self, response: requests.Response, *, operation: str) -> CalendlyError:
        """The OAuth error shape is not the API's (RFC 6749, section 5.2)."""
        try:
            code = str(response.json().get("error", ""))
        except (ValueError, AttributeError):
            code = ""
        status = response.status_code
        if code == "invalid_grant":
            return GrantLost("invalid grant", operation=operation, status=status)
        if status == 429:
            return RateLimited("too many tokens", operation=operation, reset_s=60)
        if status >= 500 or not code:
            return Unavailable("no usable answer", operation=operation, status=status, maybe_done=False)
        return Rejected(code, operation=operation, status=status)
