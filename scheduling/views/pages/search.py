"""Search over everything: a page, and for the palette the same as JSON."""

from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_safe

from candidates.models import Candidate
from scheduling.models import Interview
from scheduling.queries import links
from scheduling.queries import search as query
from scheduling.templatetags.times import full
from scheduling.views import live


@dataclass(frozen=True)
class Result:
    """One line: what it is, what tells it from others, where it leads."""

    title: str
    more: str
    address: str


@dataclass(frozen=True)
class Group:
    label: str
    results: list[Result]


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What matches `q`, by kind; only what the viewer may see and do."""
    text = query.tidy(request.GET.get("q", ""))
    groups = _groups(query.find(text, user=live.viewer(request), now=timezone.now()))
    response: HttpResponse
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        response = JsonResponse({"q": text, "groups": [asdict(group) for group in groups]})
    else:
        context: dict[str, Any] = {
            "text": text,
            "groups": groups,
            "count": sum(len(group.results) for group in groups),
        }
        response = render(request, "scheduling/search.html", context)
    patch_vary_headers(response, ["Accept"])
    patch_cache_control(response, private=True, no_store=True)
    return response


def _groups(found: query.Found) -> list[Group]:
    """The kinds in which something was found."""
    begun = [
        Result(f"Send a link to {person.name}", person.email, f"{_address(person)}#send") for person in found.invitable
    ]
    acts = [Result(act.words, "", act.address) for act in found.acts]
    groups = [
        Group("People", [_person(person) for person in found.people]),
        Group("Interviews", [_interview(interview) for interview in found.interviews]),
        Group("Open links", [_link(link) for link in found.links]),
        Group("Acts", [*begun, *acts][: query.MOST]),
    ]
    return [group for group in groups if group.results]


def _address(candidate: Candidate) -> str:
    return reverse("candidate", args=[candidate.pk])


def _person(candidate: Candidate) -> Result:
    facts = [candidate.email, str(candidate.phone), "archived" if candidate.is_archived else ""]
    return Result(candidate.name, " · ".join(filter(None, facts)), _address(candidate))


def _interview(interview: Interview) -> Result:
    zone = ZoneInfo(timezone.get_current_timezone_name())
    when = full(interview.starts_at, zone) if interview.starts_at else "time unknown"
    more = f"{interview.name or 'Interview'} · {when} · {interview.get_state_display()}"
    return Result(interview.who, more, interview.get_absolute_url())


def _link(link: "links.LinkWithState") -> Result:
    more = f"{link.event_type} · {links.STATES[link.state].lower()}"
    return Result(link.candidate.name, more, f"{_address(link.candidate)}?link={link.pk}")
