"""allauth's hooks: nobody signs up, second factors are encrypted, and a failed dance comes back to its page."""

import logging
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthError
from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from scheduling.models.fields import decrypt, encrypt

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Accounts are made by administrators."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Secrets of second factors are encrypted like Calendly's tokens; apps show them under the company's name."""

    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text)

    def get_totp_issuer(self) -> str:
        return settings.COMPANY_NAME


class ConnectAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Calendly is connected to the installation, never used to sign in or to make an account."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Send every failure of the dance to the page that explains it."""
        logger.warning("connecting Calendly failed: %s %s", error, type(exception).__name__)
        if error == AuthError.CANCELLED:
            raise problem("refused")
        if "state" not in (extra_context or {}):
            raise problem("state")
        raise problem("unknown")


def problem(code: str, **facts: str) -> ImmediateHttpResponse:
    """The way back to the connection page, which words the problem; raise it."""
    query = urlencode({"problem": code, **facts})
    return ImmediateHttpResponse(HttpResponseRedirect(f"{reverse('calendly_settings')}?{query}"))
