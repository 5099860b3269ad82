from typing import Any

from allauth.socialaccount.providers.base import ProviderAccount
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from django.http import HttpRequest

from scheduling.calendly.oauth import OPTIONAL_SCOPES, SCOPES
from scheduling.calendly_provider.views import CalendlyOAuth2Adapter


class CalendlyAccount(ProviderAccount):  # type: ignore[misc]  # allauth has no types
    """Never stored: the connection is a row of ours."""


class CalendlyProvider(OAuth2Provider):  # type: ignore[misc]  # allauth has no types
    """Calendly as allauth sees it: an authorisation dance with state and PKCE."""

    id = "calendly"
    name = "Calendly"
    account_class = CalendlyAccount
    oauth2_adapter_class = CalendlyOAuth2Adapter
    pkce_enabled_default = True

    def get_default_scope(self) -> list[str]:
        return [*SCOPES, *OPTIONAL_SCOPES]

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, Any]:
        """Only our own parameters: allauth would let the visitor's query override them."""
        return {}


provider_classes = [CalendlyProvider]
