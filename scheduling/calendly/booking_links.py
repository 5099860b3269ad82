"""Prefilling Calendly's booking pages by query parameters (its help centre, "pre-populate invitee information")."""

from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

MAX_UTM = 255
MAX_ANSWERS = 10


def prefilled_url(
    booking_url: str,
    *,
    name: str,
    email: str,
    answers: Mapping[int, str] | None = None,
    tracking: Mapping[str, str] | None = None,
) -> str:
    """The booking page with its form filled in; parameters the address has already are kept.

    `answers` go from question position (from 0) to the parameter's value, see `answer_value`; only the first ten can
    be filled. Tracking values are cut to 255 characters.
    """
    parts = urlsplit(booking_url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    query.update({"name": name, "email": email})
    for position, value in sorted((answers or {}).items()):
        if value and position < MAX_ANSWERS:
            query[f"a{position + 1}"] = value
    query.update({key: value[:MAX_UTM] for key, value in (tracking or {}).items() if value})
    return urlunsplit(parts._replace(query=urlencode(query)))


def answer_value(answer_type: str, choices: Sequence[str], chosen: Sequence[str]) -> str:
    """What stands in a1…a10 for an answer: text as it is, choices by their number from 1, several with commas."""
    if answer_type in ("single_select", "multi_select"):
        return ",".join(str(choices.index(choice) + 1) for choice in chosen if choice in choices)
    return chosen[0] if chosen else ""


def at_time(url: str, *, day: date | None, answers: Mapping[int, str]) -> str:
    """A prefilled page opened at a day, with more answers filled in; what it has already stays."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if day is not None:
        query |= {"month": f"{day:%Y-%m}", "date": day.isoformat()}
    query |= {f"a{place + 1}": value for place, value in sorted(answers.items()) if value and place < MAX_ANSWERS}
    return urlunsplit(parts._replace(query=urlencode(query)))


def embedded(url: str, *, host: str) -> str:
    """The address the inline widget's frame has; without `embed_domain` the page would tell ours nothing."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    query |= {"embed_domain": host, "embed_type": "Inline", "hide_gdpr_banner": "1"}
    return urlunsplit(parts._replace(query=urlencode(query)))
