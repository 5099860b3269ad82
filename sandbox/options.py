"""The options of the sandbox: what is not known of Calendly, each with its alternatives, and how the sandbox runs.

`docs/sandbox-options.md` lists them for people.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from sandbox.models import Option

# In `allowed` these stand for any such number.
COUNT = "<count>"
NUMBER = "<number>"
PACE = "<above 0>"
PERCENT = "<0 to 100>"
PATTERNS = {
    COUNT: r"\d{1,9}",
    NUMBER: r"-?\d{1,10}(\.\d+)?",
    PACE: r"0*[1-9]\d*(\.\d+)?|0+\.0*[1-9]\d*",
    PERCENT: r"\d{1,2}|100",
}


class Known(NamedTuple):
    default: str
    allowed: tuple[str, ...]
    meaning: str


KNOWN = {
    "courier": Known("send", ("send", "hold"), "Whether deliveries are sent or held back"),
    "clock_offset_s": Known("0", (NUMBER,), "The clock is ahead by so many seconds"),
    "halves": Known("random", ("random", "old_first", "new_first"), "Order of the two deliveries of a reschedule"),
    "duplicates_percent": Known("2", (PERCENT,), "So many of a hundred deliveries are sent twice"),
    "retry_pace": Known("1", (PACE,), "Retries and giving up are so many times faster"),
    "retry_signature": Known("fresh", ("fresh", "same"), "A retry is signed anew, or sent with its first header"),
    "late_created_percent": Known(
        "0", (PERCENT,), "So many of a hundred invitee.created wait for the next delivery about the same invitee"
    ),
    "signature_skew_s": Known("0", (NUMBER,), "The signature's time is off by so many seconds"),
    "envelope_seconds": Known("truncate", ("truncate", "micro"), "Precision of an envelope's created_at"),
    "event_type_html": Known("absent", ("absent", "present"), "description_html in event_type.* deliveries"),
    "location_at_first": Known("pushed", ("pushed", "null"), "The location in invitee.created"),
    "sample_style": Known("current", ("current", "v1"), "Shape of the sample webhook data"),
    "conflict_rule": Known("url", ("url", "url_scope_owner"), "Which subscriptions are the same one (409)"),
    "https_rule": Known("localhost", ("localhost", "any"), "Where plain http is accepted for a callback"),
    "max_subscriptions": Known("", ("", COUNT), "An organisation's most subscriptions; empty for no limit"),
    "app_signing_key": Known("ignored", ("ignored", "wins"), "A signing_key an OAuth application passes"),
    "hooks_after_revoke": Known(
        "disable", ("disable", "keep"), "Subscriptions made with a grant or personal token that is revoked"
    ),
    "refresh_grace_s": Known("0", (COUNT,), "A spent refresh token gets the newer pair again for so many seconds"),
    "invalid_grant_status": Known("400", ("400", "401"), "Status of invalid_grant"),
    "rate_limit": Known("", ("", COUNT), "Requests a user and window; empty for the plan's limit"),
    "rate_window_s": Known("60", (COUNT,), "Length of the rate limit's window in seconds"),
    "retry_after": Known("absent", ("absent", "present"), "The Retry-After header of a 429"),
    "limit_body": Known("json", ("json", "html", "empty"), "The body of a 429"),
    "taken_status": Known("400", ("400", "404", "409"), "Status of booking a slot that is taken, POST /invitees"),
    "paid_booking": Known("400", ("400", "allow"), "Booking a paid event type, POST /invitees"),
    "unknown_fields": Known("ignored", ("ignored", "rejected"), "Unknown keys in the body of a POST (400)"),
    "paging_style": Known("full", ("full", "old"), "Pagination with tokens, or with count and next_page only"),
    "available_times_scope": Known(
        "availability:read", ("availability:read", "event_types:read", "both"), "Scope that available times need"
    ),
    "window_error": Known("details", ("details", "message"), "Where the text about a bad window of time is"),
    "times_precision": Known("seconds", ("seconds", "micro"), "Form of start_time in available times"),
    "link_life_days": Known("90", (COUNT,), "Days after which an unused single-use link expires"),
    "link_revival": Known("no", ("no", "yes"), "Canceling makes the booking's single-use link live again"),
    "tracking_on_move": Known("copied", ("copied", "dropped"), "Tracking of the new invitee of a reschedule"),
    "blank_reason": Known("null", ("null", "empty"), "The reason when a host cancels without one"),
    "mark_twice": Known("400", ("400", "403", "409"), "Status of marking a no-show twice"),
    "mark_early": Known("400", ("400", "403", "allow"), "Status of marking a no-show before the start"),
}


def read(name: str) -> str:
    """The option's value, or its default."""
    return Option.read(name, KNOWN[name].default)


def write(name: str, value: str) -> None:
    """Set an option. Raises `ValueError` for an unknown name or a value it does not take."""
    if name not in KNOWN:
        raise ValueError(f"there is no option {name}")
    if not is_allowed(value, KNOWN[name].allowed):
        raise ValueError(f"{name} takes {' | '.join(KNOWN[name].allowed)}")
    Option.write(name, value)


def write_changed(values: Mapping[str, str]) -> None:
    """Set what differs from the present, as a form sends it. Raises `ValueError`."""
    for name in KNOWN:
        if name in values and values[name] != read(name):
            write(name, values[name])


def is_allowed(value: str, allowed: tuple[str, ...]) -> bool:
    return value in allowed or any(re.fullmatch(PATTERNS[kind], value) for kind in allowed if kind in PATTERNS)


def present() -> dict[str, str]:
    """Every option with its value."""
    return {name: known.default for name, known in KNOWN.items()} | dict(Option.objects.values_list("name", "value"))


def listed() -> list[dict[str, Any]]:
    """For a form: name, value, meaning, and the words to choose from, or none for a free number."""
    values = present()
    return [
        {
            "name": name,
            "value": values[name],
            "meaning": known.meaning,
            "allowed": " | ".join(word or "empty" for word in known.allowed),
            "words": () if set(PATTERNS) & set(known.allowed) else known.allowed,
        }
        for name, known in KNOWN.items()
    ]
