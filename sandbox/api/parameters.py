"""Reading and checking query parameters and bodies, as strictly as Calendly does."""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils.dateparse import parse_datetime

from sandbox import options
from sandbox.addresses import API, ID
from sandbox.api import problems
from sandbox.api.operation import Call
from sandbox.engine.resources import Json

Row = TypeVar("Row", bound=Model)


def by_id(rows: "QuerySet[Row]", identifier: str) -> Row:
    """The row of a path's id; malformed ids are 404 too."""
    row = rows.filter(uuid=identifier).first() if _is_uuid(identifier) else None
    if row is None:
        raise problems.not_found()
    return row


def by_uri(rows: "QuerySet[Row]", name: str, value: Any) -> Row | None:
    """The row a full address names; None when it names none. Raises 400 for what is no address."""
    if not isinstance(value, str) or not value.startswith(f"{API}/"):
        raise problems.invalid((name, "must be a valid URI"))
    identifier = value.rsplit("/", 1)[-1]
    return rows.filter(uuid=identifier).first() if _is_uuid(identifier) else None


def _is_uuid(identifier: str) -> bool:
    return bool(ID.fullmatch(identifier)) and len(identifier.replace("-", "")) == 32


def needed(values: dict[str, Any], *names: str) -> None:
    """400 naming every parameter that is missing."""
    missing = [(name, "is missing") for name in names if values.get(name) in (None, "", [])]
    if missing:
        raise problems.invalid(*missing)


def moment(values: dict[str, Any], name: str) -> datetime:
    """An aware time, or 400."""
    needed(values, name)
    try:
        found = parse_datetime(str(values[name]))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise problems.invalid((name, "must be a valid UTC time"))
    return found


def optional_moment(values: dict[str, Any], name: str) -> datetime | None:
    return moment(values, name) if values.get(name) else None


def choice(values: dict[str, Any], name: str, choices: tuple[str, ...], default: str | None = None) -> str | None:
    value = values.get(name) or default
    if value is not None and value not in choices:
        raise problems.invalid((name, f"must be one of {', '.join(choices)}"))
    return value


def page(call: Call, rows: "QuerySet[Row]", render: Callable[[Row], Json]) -> Json:
    """One page of a list: `count` 1 to 100, an opaque `page_token`, and addresses that keep the filters."""
    count = _count(call)
    offset = _offset(call)
    found = list(rows[offset : offset + count + 1])
    next_token = _token(offset + count) if len(found) > count else None
    previous_token = _token(max(0, offset - count)) if offset else None
    pagination = {"count": len(found[:count]), "next_page": _address(call, next_token)}
    if options.read("paging_style") == "full":
        pagination["previous_page"] = _address(call, previous_token)
        pagination |= {"next_page_token": next_token, "previous_page_token": previous_token}
    return {"collection": [render(row) for row in found[:count]], "pagination": pagination}


def _count(call: Call) -> int:
    text = call.query.get("count", "20")
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise problems.invalid(("count", "must be between 1 and 100"))
    return int(text)


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"offset:{offset}".encode()).decode().rstrip("=")


def _offset(call: Call) -> int:
    token = call.query.get("page_token")
    if not token:
        return 0
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        return int(text.removeprefix("offset:"))
    except (ValueError, binascii.Error) as error:
        raise problems.invalid(("page_token", "is invalid")) from error


def _address(call: Call, token: str | None) -> str | None:
    if token is None:
        return None
    query = {**call.query, "page_token": token}
    return f"{settings.SITE_URL}{call.request.path}?{urlencode(query)}"
