"""What was asked of the API, for tests to look at, without secrets: refusals, and the newest few thousand others."""

import re
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest, HttpResponse

from sandbox import clock
from sandbox.models import ApiRequest, Member

SECRET_FIELDS = ("client_secret", "refresh_token", "code", "code_verifier", "token", "signing_key")
KEPT = 5_000
BODY_LENGTH = 20_000


def keep(request: HttpRequest, response: HttpResponse, *, operation: str, member: Member | None = None) -> HttpResponse:
    """Write the request down and return the response."""
    row = ApiRequest.objects.create(
        member=member,
        operation=operation,
        method=request.method or "",
        path=re.sub(r"^/sandbox/(api|auth)", "", request.path)[:300],
        query=request.META.get("QUERY_STRING", ""),
        body=_body(request)[:BODY_LENGTH],
        status=response.status_code,
        made_at=clock.now(),
    )
    if row.pk % 500 == 0:
        ApiRequest.objects.filter(pk__lt=row.pk - KEPT, status__lt=400).delete()
    return response


def _body(request: HttpRequest) -> str:
    text = request.body.decode(errors="replace")
    if request.content_type != "application/x-www-form-urlencoded":
        return text
    fields = parse_qsl(text, keep_blank_values=True)
    return urlencode([(name, "hidden" if name in SECRET_FIELDS else value) for name, value in fields])
