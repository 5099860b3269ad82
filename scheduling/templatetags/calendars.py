"""How calendars are drawn. They have hundreds of parts, so these are not in the templates' own loops."""

from datetime import date

from django import template
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from scheduling.queries import weeks
from scheduling.queries.grids import Block, Day, Row
from scheduling.templatetags.desk import standing
from scheduling.templatetags.times import at, span

register = template.Library()


@register.simple_tag
def week_blocks(day: weeks.Day) -> SafeString:
    """One day's interviews in a week, each where the clock has it."""
    return SafeString("".join(map(_interview, day.blocks)))


def _interview(block: weeks.Block) -> str:
    """What is not escaped is ours: numbers, addresses, badges and clocks."""
    interview, classes = block.interview, f"hour-{block.hour} quarter-{block.quarter} long-{block.quarters}"
    if block.is_short:
        classes += " calendar__block--short"
    if interview.state == interview.State.CANCELED:
        classes += " calendar__block--off"
    badge = standing(interview)
    more = interview.name + (f" with {', '.join(interview.host_names)}" if interview.host_names else "")
    return (
        f'<li class="calendar__block {classes}" data-row="interview-{interview.pk}">{badge if block.is_short else ""}'
        f'<a href="{interview.get_absolute_url()}"><span class="calendar__clock">{at(interview.starts_at)}</span>'
        f' <strong>{escape(interview.who)}</strong></a><span class="calendar__more">{escape(more)}</span>'
        f"{'' if block.is_short else badge}</li>"
    )


@register.simple_tag
def day_cells(row: Row, today: date) -> SafeString:
    """A calendar's days as cells: a strip for the eye, and below it in words when it is bookable, or why not."""
    return format_html_join("", DAY_CELL, (_day_cell(row, day, today) for day in row.days))


DAY_CELL = (
    '<td{} data-label="{}"><span class="strip" aria-hidden="true">{}{}</span><span class="spans__words">{}</span></td>'
)
TODAY_CELL = SafeString(' class="spans__today"')
NOW_LINE = '<span class="strip__now hour-{} quarter-{}"></span>'


def _day_cell(row: Row, day: Day, today: date) -> tuple[str, str, SafeString, str, str]:
    local = day.starts_at
    now_line = format_html(NOW_LINE, *day.now_at) if day.now_at else ""
    spans = ((span(run.start, run.end),) for run in day.open)
    words = format_html_join(", ", '<span class="spans__span">{}</span>', spans) or format_html(
        '<span class="quiet">{}</span>', _why_nothing(row, day)
    )
    is_today = TODAY_CELL if local.date() == today else ""
    return is_today, f"{local:%a} {local.day} {local:%b}", _strip(day), now_line, words


def _why_nothing(row: Row, day: Day) -> str:
    """Why a day has nothing bookable; the reason of a problem stands beside the name already."""
    if row.calendar is None and day.summary == "nothing free":
        return "no time for all"
    if day.summary != "unknown" or row.calendar is None:
        return day.summary
    return "unknown" if row.calendar.problems else row.calendar.why


def _strip(day: Day) -> SafeString:
    """The day's blocks; states and numbers are ours, and a span holds only digits and a zone's letters."""
    return SafeString("".join(map(_block, day.blocks)))


def _block(block: Block) -> str:
    run = block.run
    title = f' title="{escape(span(run.start, run.end))} {run.words}"' if run.has_times else ""
    place = f"hour-{block.hour} quarter-{block.quarter} long-{block.quarters}"
    return f'<span class="strip__run strip__run--{run.state} {place}"{title}></span>'
