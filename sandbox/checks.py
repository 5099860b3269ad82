from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error


def check_debug(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The sandbox hands out access to whoever asks: never on a real site."""
    if settings.DEBUG:
        return []
    return [
        Error(
            "The Calendly sandbox is mounted while DEBUG is off.",
            hint="Set CALENDLY_CLIENT_ID and its fellows to a real application, or CALENDLY_SANDBOX=False.",
            id="sandbox.E001",
        )
    ]
