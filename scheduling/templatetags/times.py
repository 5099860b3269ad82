"""How times are shown: with weekday, date, clock and zone, and how far away they are."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from django import template
from django.utils import dateformat, timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from scheduling.queries import zone_names
from scheduling.views import clocks

register = template.Library()

SELECTED = SafeString(" selected")
# Asking for the names walks the whole time zone database on disk: once, not per row.
KNOWN_ZONES = frozenset(available_timezones())


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
    return f"{_date(moment.astimezone(zone).date(), get_language())}, {clock(moment, zone)}"


@lru_cache(maxsize=1024)
def _date(day: date, _language: str | None) -> str:
    """A day in words, in the active language; the rows of a page share few days."""
    # Translators: a date in Django's format letters (docs.djangoproject.com, the "date" filter).
    return dateformat.format(day, pgettext("date", "D j M Y"))


def zone_named(name: object) -> ZoneInfo:
    """The zone of this name, else the viewer's."""
    if isinstance(name, str) and name in KNOWN_ZONES:
        return ZoneInfo(zone_names.todays(name))
    return ZoneInfo(timezone.get_current_timezone_name())


@register.simple_tag
def when(moment: datetime | None, zone: object = None) -> SafeString | str:
    """Weekday, date, clock and zone, in a zone or the viewer's."""
    if moment is None:
        return _("time unknown")
    return _when(moment, zone_named(zone))


def _when(moment: datetime, zone: ZoneInfo) -> SafeString:
    # Not by `format_html`: rows have one or two, and it takes several times as long.
    return SafeString(f'<time datetime="{moment.isoformat()}">{escape(full(moment, zone))}</time>')


@register.simple_tag
def when_text(moment: datetime | None, zone: object = None) -> str:
    """The same as plain text, for mails."""
    return "" if moment is None else full(moment, zone_named(zone))


@register.simple_tag
def when_both_text(moment: datetime, zone: object, hands: str, other_zone: object) -> str:
    """For mails to one of us: by their zone and clock, and in another's zone when the clock differs there."""
    mine, other = zone_named(zone), ZoneInfo(other_zone) if other_zone in KNOWN_ZONES else None
    with clocks.override(hands):
        is_same = other is None or moment.astimezone(mine).utcoffset() == moment.astimezone(other).utcoffset()
        return full(moment, mine) + ("" if is_same or other is None else f" ({full(moment, other)} for them)")


@register.simple_tag
def when_both(moment: datetime | None, other_zone: object, *, with_distance: bool = False) -> SafeString | str:
    """In the viewer's zone, perhaps with how far away that is, and in another's when the clock differs there."""
    if moment is None:
        return when(moment)
    viewer, other = zone_named(None), zone_named(other_zone)
    mine = _when(moment, viewer)
    if with_distance:
        mine = format_html("{} · {}", mine, relative(moment))
    if moment.astimezone(viewer).utcoffset() == moment.astimezone(other).utcoffset():
        return mine
    return format_html('{} <span class="also">{} for them</span>', mine, full(moment, other))


@register.simple_tag
def at(moment: datetime | None, zone: object = None) -> SafeString | str:
    """Only the clock, for lists whose heading is the day; in a zone or the viewer's."""
    if moment is None:
        return "time unknown"
    # Of digits and letters, so there is nothing to escape; a week has hundreds.
    return SafeString(f'<time datetime="{moment.isoformat()}">{clock(moment, zone_named(zone))}</time>')


@register.filter
def hour_text(hour: int) -> str:
    """A full hour on the wall, by the viewer's clock."""
    return clocks.hands(datetime(2000, 1, 1, hour, tzinfo=UTC))


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
def zone_options(zones: Sequence[str], chosen: str, mine: str) -> SafeString:
    """Every zone to choose from; six hundred, so not in the template's own loop."""
    return _zone_options(tuple(zones), chosen if chosen != mine else "")


@lru_cache(maxsize=64)
def _zone_options(zones: tuple[str, ...], chosen: str) -> SafeString:
    parts = ((SELECTED if zone == chosen else "", zone) for zone in zones)
    return format_html_join("", "<option{}>{}</option>", parts)


@register.simple_tag
def day(moment: datetime) -> str:
    """`Thursday 26 November`, in the viewer's zone."""
    # Translators: a day without its year in Django's format letters.
    return dateformat.format(moment.astimezone(zone_named(None)), pgettext("day", "l j F"))


@register.simple_tag
def relative(moment: datetime | None) -> SafeString | str:
    """`in 2 h`, `3 d ago`: an addition to a full time, never in its place; not for paper, on which it grows old.

    Marked, because it changes by itself: live.js takes a row that says nothing else anew for the same.
    """
    if moment is None:
        return ""
    distance = moment - timezone.now()
    words = f"in {lasting(distance)}" if distance > timedelta() else f"{lasting(-distance)} ago"
    return SafeString(f'<span class="no-print" data-relative>{words}</span>')


@register.filter
def lasting(time: timedelta) -> str:
    """`25 min`, `3 d`: how long something took."""
    size_s = time.total_seconds()
    unit_s, unit = next((unit_s, unit) for limit, unit_s, unit in DISTANCES if size_s < limit)
    return f"{max(1, round(size_s / unit_s))} {unit}"


# Below so many seconds a distance is told in a unit of so many.
DISTANCES = [(3600, 60, "min"), (86400, 3600, "h"), (60 * 86400, 86400, "d"), (float("inf"), 7 * 86400, "wk")]


@register.simple_tag
def clock_change(moment: datetime | None, zone: object = None) -> SafeString | str:
    """A warning when, between now and then, the clocks change for the viewer or in the other zone.

    With both zones it also says how far apart they are then, when that is not as today: the clocks of two places
    change on different days.
    """
    now = timezone.now()
    if moment is None or moment < now:
        return ""
    ours, theirs = zone_named(None), zone_named(zone)
    changing = [place.key for place in dict.fromkeys([ours, theirs]) if _offset(now, place) != _offset(moment, place)]
    if not changing:
        return ""
    today, then = (_offset(at, theirs) - _offset(at, ours) for at in (now, moment))
    apart = f" {_apart(ours.key, theirs.key, today=today, then=then)}" if today != then else ""
    words = _("The clocks change in %(zone)s before this interview.") % {"zone": " and ".join(changing)}
    return format_html('<p class="callout callout--warn">{}{}</p>', words, apart)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _apart(ours: str, theirs: str, *, today: timedelta, then: timedelta) -> str:
    """How far the clocks of their zone are from those of ours, then and today, which is not the same."""
    if not then:
        return f"{theirs} and {ours} then have the same time; today {theirs} is {_ahead(today)}."
    now_words = f"it is {_ahead(today)}" if today else "both have the same time"
    return f"{theirs} is then {_ahead(then, of=ours)}; today {now_words}."


def _ahead(gap: timedelta, *, of: str = "") -> str:
    """As in "6 h behind", or "6 h ahead of Europe/Berlin"."""
    hours, minutes = divmod(int(abs(gap).total_seconds()) // 60, 60)
    length = " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)
    side = "behind" if gap < timedelta() else "ahead of" if of else "ahead"
    return f"{length} {side} {of}".strip()
