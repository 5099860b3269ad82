"""Where a page can be opened again: at its own address, or when it answers a form, at that of the form's page."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def sent_from(page: str, *names: str) -> Callable[[View[P]], View[P]]:
    """Take POST only, from a form on `page`, which may be the answer too; `names` are the arguments both share.

    Whoever comes otherwise, by a reload, a typed address or a redirect, is led to the page.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def sent(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            shown_at(request, reverse(page, kwargs={name: kwargs[name] for name in names}))
            if request.method != "POST":
                return HttpResponseRedirect(address_of(request))
            return view(request, *args, **kwargs)

        return sent

    return decorate


def shown_at(request: HttpRequest, path: str) -> None:
    """Say at which path the page is that this request may answer with."""
    request.page_path = path  # type: ignore[attr-defined]  # ours


def path_of(request: HttpRequest) -> str:
    """The path of the page this request shows."""
    path: str = getattr(request, "page_path", request.path)
    return path


def address_of(request: HttpRequest) -> str:
    """The same with its query, also for a part that was polled."""
    query = request.GET.copy()
    query.pop("live", None)
    return f"{path_of(request)}{'?' if query else ''}{query.urlencode()}"
