"""How Calendly writes addresses and times."""

import re
from datetime import UTC, datetime

from django.conf import settings

API = "https://api.calendly.com"
ID = re.compile(r"[A-Za-z0-9-]{1,64}")


def uri(collection: str, identifier: object) -> str:
    """A resource's canonical address, which is Calendly's whatever host serves it."""
    return f"{API}/{collection}/{identifier}"


def identifier(address: str) -> str:
    """The last segment of a resource's address."""
    return address.rstrip("/").rsplit("/", 1)[-1]


def site(path: str) -> str:
    """The address of one of the sandbox's own pages, for people."""
    return f"{settings.SITE_URL}/sandbox/{path}"


def stamp(moment: datetime) -> str:
    """UTC, six decimals, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def stamp_or_none(moment: datetime | None) -> str | None:
    return stamp(moment) if moment else None
