"""How the desk shows times, states and people."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from django import template
from django.contrib.auth.models import User
from django.utils import dateformat, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from candidates.models import Candidate
from scheduling.models import Interview
from scheduling.queries import interviews
from scheduling.views import clocks

register = template.Library()

# Asking for the names walks the whole time zone database on disk: once, not per row.
KNOWN_ZONES = frozenset(available_timezones())

# State -> (shape, tone, words). Shape and words carry the meaning; colour only adds to them.
BADGES = {
    "booked": ("●", "good", "Booked"),
    "held": ("✓", "done", "Held"),
    "no_show": ("✕", "bad", "Candidate no-show"),
    "interviewer_no_show": ("⊗", "bad", "Interviewer no-show"),
    "canceled": ("⊘", "bad", "Canceled"),
    "canceled_in_time": ("⊘", "quiet", "Canceled in time"),
    "canceled_late": ("⊘", "bad", "Canceled late"),
    "canceling": ("◔", "warn", "Being canceled"),
    "moving": ("⇢", "warn", "Moving"),
    "to_invite": ("○", "quiet", "To invite"),
    "invited": ("➤", "info", "Invited"),
    "opened": ("◐", "info", "Opened"),
    "needs_attention": ("!", "warn", "Needs attention"),
    "expired": ("◌", "warn", "Expired"),
    "withdrawn": ("–", "quiet", "Withdrawn"),
    "archived": ("▪", "quiet", "Archived"),
    "unmatched": ("?", "warn", "Unmatched"),
    "processed": ("✓", "done", "Processed"),
    "ignored": ("–", "quiet", "Ignored"),
    "failed": ("✕", "bad", "Failed"),
    "new": ("…", "info", "Waiting"),
    "waiting": ("…", "info", "To do"),
    "done": ("✓", "good", "Done"),
    "sending": ("➚", "info", "Being sent"),
    "sent": ("✉", "done", "Sent"),
    "bounced": ("↩", "bad", "Bounced"),
    "unknown": ("≈", "warn", "Perhaps sent"),
    "skipped": ("–", "quiet", "Skipped"),
    "created": ("+", "good", "Added"),
    "updated": ("↻", "info", "Updated"),
    "rejected": ("✕", "bad", "Rejected"),
    "kept": ("▪", "warn", "Kept"),
    "undone": ("↶", "quiet", "Undone"),
    "undoing": ("…", "info", "Being undone"),
    "running": ("…", "info", "Importing"),
    "active": ("●", "good", "Active"),
    "deactivated": ("–", "quiet", "Deactivated"),
    "lapsed": ("◌", "warn", "Invitation ran out"),
    "uploaded": ("○", "warn", "Columns to choose"),
    "mapped": ("○", "info", "Ready to import"),
}


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """`14:00 EST`, or `2:00 pm EST` for those who prefer it."""
    local = moment.astimezone(zone)
    return f"{clocks.hands(local)} {zone_letters(local)}"


def zone_letters(local: datetime) -> str:
    """`EST`; a zone without letters of its own gets its offset."""
    name = local.tzname() or ""
    if not name.isalpha():
        offset = local.utcoffset() or timedelta()
        sign = "+" if offset >= timedelta() else "−"
        hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
        name = f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")
    return name


def full(moment: datetime, zone: ZoneInfo) -> str:
    """`Thu 26 Nov 2026, 14:00 EST`, or as the active language writes a date."""
    local = moment.astimezone(zone)
    # Translators: a date in Django's format letters (docs.djangoproject.com, the "date" filter).
    letters = pgettext("date", "D j M Y")
    return f"{dateformat.format(local, letters)}, {clock(moment, zone)}"


def zone_named(name: object) -> ZoneInfo:
    """The zone of this name, else the viewer's."""
    if isinstance(name, str) and name in KNOWN_ZONES:
        return ZoneInfo(name)
    return ZoneInfo(timezone.get_current_timezone_name())


@register.simple_tag
def when(moment: datetime | None, zone: object = None) -> SafeString | str:
    """Weekday, date, clock and zone, in a zone or the viewer's."""
    if moment is None:
        return _("time unknown")
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), full(moment, zone_named(zone)))


@register.simple_tag
def when_text(moment: datetime | None, zone: object = None) -> str:
    """The same as plain text, for mails."""
    return "" if moment is None else full(moment, zone_named(zone))


@register.simple_tag
def when_both(moment: datetime | None, other_zone: object) -> SafeString | str:
    """In the viewer's zone, and in another's when the clock differs there."""
    mine = when(moment)
    if moment is None:
        return mine
    viewer, other = zone_named(None), zone_named(other_zone)
    if moment.astimezone(viewer).utcoffset() == moment.astimezone(other).utcoffset():
        return mine
    return format_html('{} <span class="also">{} for them</span>', mine, full(moment, other))


@register.simple_tag
def at(moment: datetime | None, zone: object = None) -> SafeString | str:
    """Only the clock, for lists whose heading is the day; in a zone or the viewer's."""
    if moment is None:
        return "time unknown"
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), clock(moment, zone_named(zone)))


@register.filter
def clock_text(moment: datetime) -> str:
    """The same as plain text, for attributes."""
    return clock(moment, zone_named(None))


@register.filter
def instant(moment: datetime) -> str:
    """`2026-11-26T14:00:00Z`, for addresses."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@register.simple_tag
def span(start: datetime, end: datetime) -> str:
    """`09:00–17:00 EST`; both letters when the clocks change in between."""
    zone = zone_named(None)
    first, last = start.astimezone(zone), end.astimezone(zone)
    if zone_letters(first) != zone_letters(last):
        return f"{clock(start, zone)}–{clock(end, zone)}"
    return f"{clocks.hands(first)}–{clock(end, zone)}"


@register.simple_tag
def day(moment: datetime) -> str:
    """`Thursday 26 November`, in the viewer's zone."""
    # Translators: a day without its year in Django's format letters.
    return dateformat.format(moment.astimezone(zone_named(None)), pgettext("day", "l j F"))


@register.simple_tag
def relative(moment: datetime | None) -> str:
    """`in 2 h`, `3 d ago`: an addition to a full time, never in its place."""
    if moment is None:
        return ""
    seconds = (moment - timezone.now()).total_seconds()
    size = abs(seconds)
    steps = [(3600, 60, "min"), (86400, 3600, "h"), (60 * 86400, 86400, "d"), (float("inf"), 7 * 86400, "wk")]
    unit_s, unit = next((unit_s, unit) for limit, unit_s, unit in steps if size < limit)
    amount = f"{max(1, round(size / unit_s))} {unit}"
    return f"in {amount}" if seconds > 0 else f"{amount} ago"


@register.simple_tag
def badge(state: str, label: str = "") -> SafeString:
    """A state by shape, words and colour."""
    shape, tone, words = BADGES.get(str(state), ("·", "quiet", str(state)))
    return format_html(
        '<span class="badge badge--{}"><span class="badge__shape" aria-hidden="true">{}</span><span>{}</span></span>',
        tone,
        shape,
        label or words,
    )


@register.simple_tag
def standing(interview: Interview) -> SafeString:
    """An interview's badge, by its outcome where the query brought it.

    One that is over and unmarked is to be marked, not booked.
    """
    is_over = interview.ends_at is not None and interview.ends_at < timezone.now()
    if interview.state == Interview.State.BOOKED and is_over:
        return badge("needs_attention", "To mark")
    is_booked = interview.state in (Interview.State.BOOKED, Interview.State.HELD)
    if is_booked and getattr(interview, "is_being_canceled", False):
        return badge("canceling")
    return badge(getattr(interview, "outcome", "") or interview.state)


@register.filter
def book_again_url(interview: Interview) -> str:
    """Where its candidate is invited once more; empty while nobody is matched."""
    return interviews.book_again_url(interview)


@register.filter
def initials(person: Candidate | str) -> str:
    """Two letters for an avatar."""
    words = str(person).split()
    return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper() if words else "?"


@register.simple_tag
def sparkline(values: Sequence[int], label: str) -> SafeString:
    """A small line drawn by the server, with its numbers as text for those who do not see it."""
    top = max([*values, 1])
    step = 96 / max(len(values) - 1, 1)
    points = format_html_join(
        " ",
        "{},{}",
        ((round(2 + index * step, 1), round(26 - 24 * value / top, 1)) for index, value in enumerate(values)),
    )
    return format_html(
        '<svg class="sparkline" viewBox="0 0 100 28" role="img" aria-label="{}: {}"><polyline points="{}"/></svg>',
        label,
        ", ".join(map(str, values)),
        points,
    )


@register.simple_tag
def clock_change(moment: datetime | None, zone: object = None) -> SafeString | str:
    """A warning when the clocks change between now and then in the zone."""
    if moment is None:
        return ""
    place = zone_named(zone)
    now = timezone.now().astimezone(place)
    if now.utcoffset() == moment.astimezone(place).utcoffset() or moment < now:
        return ""
    words = _("The clocks change in %(zone)s before this interview.") % {"zone": place.key}
    return format_html('<p class="callout callout--warn">{}</p>', words)


@register.filter
def place(kind: str) -> str:
    """Calendly's location kinds, of event types and booked events, as people say them."""
    return {
        "physical": "On site",
        "outbound_call": "Phone, we call",
        "inbound_call": "Phone, candidate calls",
        "google_conference": "Google Meet",
        "zoom_conference": "Zoom",
        "zoom": "Zoom",
        "microsoft_teams_conference": "Microsoft Teams",
        "webex_conference": "Webex",
        "gotomeeting_conference": "GoTo Meeting",
        "gotomeeting": "GoTo Meeting",
        "ask_invitee": "Candidate chooses",
        "custom": "Other",
    }.get(kind, kind.replace("_", " ").capitalize())


@register.filter
def your_place(kind: str) -> str:
    """The same as a candidate is told, in their language."""
    return {
        "physical": _("On site"),
        "outbound_call": _("By phone, we call you"),
        "inbound_call": _("By phone, you call us"),
        "ask_invitee": _("At a place you suggest"),
        "custom": _("As described"),
    }.get(kind) or place(kind)


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: object) -> str:
    """This page's query with some parameters changed; an empty value removes one. Paging starts over."""
    query = context["request"].GET.copy()
    query.pop("live", None)
    if "page" not in changes:
        query.pop("page", None)
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.filter
def person(user: User | None) -> str:
    """Somebody of ours by name, else by address; nobody is a dash."""
    return (user.get_full_name() or user.email) if user is not None else "–"
