"""The OAuth dance: allauth keeps state and PKCE, our client talks to Calendly, and the tokens go to our own row."""

from typing import Any, Never

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.models import SocialToken
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter, OAuth2CallbackView, OAuth2LoginView
from django.conf import settings
from django.contrib.auth.decorators import login_required, permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from scheduling import tasks
from scheduling.calendly import errors
from scheduling.calendly.oauth import missing_scopes
from scheduling.calendly.resources import OAuthToken
from scheduling.calendly_provider.adapters import problem
from scheduling.services import connections, tokens


class CalendlyOAuth2Adapter(OAuth2Adapter):  # type: ignore[misc]  # allauth has no types
    """Where the dance goes and what is done with its result."""

    provider_id = "calendly"

    @property
    def authorize_url(self) -> str:
        return f"{settings.CALENDLY_AUTH_URL}/oauth/authorize"

    @property
    def access_token_url(self) -> str:
        return f"{settings.CALENDLY_AUTH_URL}/oauth/token"

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """The address registered at Calendly, whatever host this request came in by."""
        return f"{settings.SITE_URL}{reverse('calendly_callback')}"

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: str | None = None
    ) -> OAuthToken:
        """Exchange the code through our own client, whose errors say what happened."""
        try:
            return tokens.app().exchange(
                code=request.GET.get("code", ""),
                redirect_uri=self.get_callback_url(request, app),
                code_verifier=pkce_code_verifier or "",
            )
        except errors.GrantLost as error:
            raise problem("expired_code") from error
        except errors.Unavailable as error:
            raise problem("unreachable") from error
        except errors.CalendlyError as error:
            raise problem("rejected") from error

    def parse_token(self, data: OAuthToken) -> SocialToken:
        """allauth's own token row, which is never saved and so carries nothing."""
        return SocialToken(token="")

    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: OAuthToken) -> Never:
        """Keep the connection and leave allauth's flow: no social account is made, nobody is signed in by it."""
        granted = kwargs["response"]
        missing = missing_scopes(granted.scope)
        if missing:
            _give_back(granted)
            raise problem("scope", missing=" ".join(missing))
        try:
            connection = connections.adopt(granted, by=_user(request))
        except errors.CalendlyError as error:
            raise problem("unreachable" if isinstance(error, errors.Unavailable) else "rejected") from error
        tasks.wake(tasks.set_up_connection, connection.pk)
        raise ImmediateHttpResponse(HttpResponseRedirect(f"{reverse('calendly_settings')}?connected=1"))


def _give_back(granted: OAuthToken) -> None:
    """Revoke an access we cannot use; Calendly being out of reach changes nothing for us."""
    try:
        tokens.app().revoke(granted.refresh_token or granted.access_token)
    except errors.CalendlyError:
        return


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise TypeError("connecting needs a signed-in user")
    return request.user


_may_connect = permission_required("scheduling.change_connection", raise_exception=True)

oauth2_login = login_required(_may_connect(OAuth2LoginView.adapter_view(CalendlyOAuth2Adapter)))
oauth2_callback = login_required(_may_connect(OAuth2CallbackView.adapter_view(CalendlyOAuth2Adapter)))
