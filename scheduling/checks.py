"""Dangerous or incomplete configuration, told at start with what to do."""

from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error


def check_encryption_keys(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Without a usable key no token could be stored."""
    if settings.ENCRYPTION_KEYS and all(map(_is_fernet_key, settings.ENCRYPTION_KEYS)):
        return []
    return [
        Error(
            "ENCRYPTION_KEYS holds no usable key, so Calendly tokens could not be stored.",
            hint="Set it to one or more url-safe base64 keys of 32 bytes, newest first, separated by commas.",
            id="scheduling.E001",
        )
    ]


def check_calendly(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Without these three, connecting or receiving deliveries fails later and less clearly."""
    return [
        Error(
            f"{name} is not set.",
            hint="Copy it from your application in Calendly's developer portal; see docs/calendly-setup.md.",
            id="scheduling.E002",
        )
        for name in ("CALENDLY_CLIENT_ID", "CALENDLY_CLIENT_SECRET", "CALENDLY_WEBHOOK_SIGNING_KEY")
        if not getattr(settings, name)
    ]


def check_site_url(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Calendly delivers only to https addresses."""
    if settings.DEBUG or settings.SITE_URL.startswith("https://"):
        return []
    return [
        Error(
            "SITE_URL is not an https address.",
            hint="Calendly delivers bookings only over https. Set SITE_URL to the public address of this site.",
            id="scheduling.E003",
        )
    ]


def _is_fernet_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True
