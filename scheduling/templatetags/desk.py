"""How the desk shows states, people and tables."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django import template
from django.contrib.auth.models import User
from django.forms import BaseForm
from django.template.defaulttags import CsrfTokenNode
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from lucide.templatetags.lucide import lucide as draw_icon
from phonenumber_field.phonenumber import to_python

from candidates.models import Candidate
from scheduling.calendly.resources import AvailableTime
from scheduling.models import Interview
from scheduling.models.addresses import of_row
from scheduling.queries import interviews
from scheduling.queries.shared_times import token_of
from scheduling.queries.tallies import HOW, Tally
from scheduling.services.doctor import Finding
from scheduling.templatetags.times import SELECTED, at, full, zone_named
from scheduling.views.addresses import address_of

register = template.Library()

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
    "cancel_failed": ("!", "bad", "Could not be canceled"),
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
    "can": ("✓", "good", "Free"),
    "partly": ("◑", "good", "At some of these times"),
    "busy": ("✕", "bad", "Busy"),
    "outside": ("–", "quiet", "Outside hours"),
    "not_known": ("?", "warn", "Unknown"),
    "over": ("!", "bad", "Over the limit"),
    "full": ("■", "warn", "At the limit"),
    "near": ("◕", "info", "Near the limit"),
    "offered": ("●", "good", "Open"),
    "ended": ("◌", "quiet", "Over"),
}


@register.simple_tag
@lru_cache
def lucide(name: str, *, size: int = 24) -> SafeString:
    """An icon of the Lucide family as SVG; the library draws it anew each time, and a page has dozens."""
    return SafeString(draw_icon(name, size=size))


# Kind of need -> (icon, tone). The words beside it say the same.
NEED_ICONS = {
    "connection": ("unplug", "bad"),
    "soon": ("alarm-clock", "info"),
    "unmatched": ("user-search", ""),
    "canceled": ("calendar-x", "bad"),
    "let_down": ("calendar-x", "bad"),
    "cancel_failed": ("calendar-x", "bad"),
    "over_limit": ("gauge", ""),
    "times_refused": ("message-circle", ""),
    "change_asked": ("message-circle", ""),
    "unmarked": ("circle-question-mark", ""),
    "mail_failed": ("mail-x", "bad"),
    "mail_bounced": ("mail-x", "bad"),
    "mail_unknown": ("mail-question-mark", ""),
    "next": ("list-ordered", "info"),
    "next_failed": ("list-ordered", "bad"),
    "none": ("check", "info"),
}


@register.simple_tag
@lru_cache
def need_icon(kind: str) -> SafeString:
    """What kind of need it is, for the eye; the others wait for somebody to book."""
    icon, tone = NEED_ICONS.get(kind, ("hourglass", "info"))
    classes = f"need__icon need__icon--{tone}" if tone else "need__icon"
    return format_html('<span class="{}">{}</span>', classes, lucide(icon))


@register.simple_tag
def slot_choices(
    slots: Sequence[AvailableTime], is_group: bool, can_share: bool, picked: Collection[str]
) -> SafeString:
    """Open slots, to be ticked by whoever may share them; hundreds of them, so not in the template's own loop."""

    def told(slot: AvailableTime) -> tuple[str, ...]:
        value = slot.start_time.isoformat()
        seats = format_html(SEATS, slot.invitees_remaining) if is_group else ""
        shown = (at(slot.start_time), seats)
        return (value, CHECKED if value in picked else "", *shown) if can_share else shown

    return format_html_join("", CHOICE if can_share else '<li class="slot">{}{}</li>', map(told, slots))


CHOICE = (
    '<li><label class="slot slot--choice"><input type="checkbox" name="start" value="{}"{}>'
    "<span>{}{}</span></label></li>"
)


CHECKED = SafeString(" checked")


SEATS = ' <span class="hidden">seats left: </span>({})'


@register.simple_tag
def options(choices: Iterable[tuple[object, str]], chosen: object) -> SafeString:
    """Values with their words to choose from; dozens, so not in the template's own loop."""
    return _options(tuple(choices), str(chosen or ""))


# The same ones stand on every page of a list.
@lru_cache(maxsize=64)
def _options(choices: tuple[tuple[object, str], ...], mark: str) -> SafeString:
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, SELECTED if str(value) == mark else "", words) for value, words in choices),
    )


@register.simple_tag
def address(name: str, pk: int) -> str:
    """As `url` for one row, for rows of lists."""
    return of_row(name, pk)


@register.simple_tag(takes_context=True)
def csrf_field(context: template.Context) -> SafeString:
    """As `csrf_token`, to be kept under a name: one page has one token, and a list a form or two in each row."""
    return SafeString(CsrfTokenNode().render(context))


@register.filter
def slot_token(start: datetime) -> str:
    """A start as addresses name it."""
    return token_of(start)


@register.simple_tag
@lru_cache(maxsize=512)
def badge(state: str, label: str = "") -> SafeString:
    """A state by shape, words and colour; there are few, and each row has one."""
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
    if interview.state == Interview.State.BOOKED and getattr(interview, "cancel_problem", None):
        return badge("cancel_failed")
    return badge(getattr(interview, "outcome", "") or interview.state)


@register.filter
def book_again_url(interview: Interview) -> str:
    """Where its candidate is invited once more; empty while nobody is matched."""
    return interviews.book_again_url(interview)


@register.filter
def initials(person: Candidate | str) -> str:
    """Two letters for an avatar: of the first word and the last that have any."""
    letters = [next(filter(str.isalnum, word), "") for word in str(person).split()]
    first, *others = [letter for letter in letters if letter] or ["?"]
    return "".join([first, *others[-1:]]).upper()


@register.filter
def phone(kept: str) -> str:
    """A number as people write it, of how it is kept."""
    return str(to_python(kept))


@register.simple_tag
def sparkline(values: Sequence[int], label: str) -> SafeString:
    """A small line drawn by the server, with its numbers as text for those who do not see it."""
    return _sparkline(tuple(values), label)


# The weeks before this one stay as they were, and this one changes with a booking, not with a visit.
@lru_cache(maxsize=64)
def _sparkline(values: tuple[int, ...], label: str) -> SafeString:
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
def bar(tally: Tally, most: int) -> SafeString:
    """How so many interviews went as a bar beside the numbers that say it, as long as they are of the most."""
    parts, start = [], 0.0
    for how in HOW:
        width = 100 * tally.counts[how] / most if most else 0
        parts.append((how, f"{start:.2f}", f"{width:.2f}"))
        start += width
    drawn = format_html_join("", '<rect class="bar__part bar__part--{}" x="{}" width="{}" height="10"/>', parts)
    return format_html(BAR, drawn)


BAR = '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">{}</svg>'


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
    for name in ("live", "page", "after", "before"):
        query.pop(name, None)
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.simple_tag(takes_context=True)
def here(context: template.Context) -> str:
    """This page's address, also in a part that was polled and on a page that answers a form."""
    return address_of(context["request"])


@register.simple_tag(takes_context=True)
def problem_mark(context: template.Context) -> str:
    """`Error: ` before the title of a page on which a form came back."""
    # By type: to ask a lazy value what it is would compute it, such as the CSRF token of pages without a form.
    shown: list[Any] = list(context.flatten().values())
    forms = [value for value in shown if issubclass(type(value), BaseForm)]
    return f"{_('Error:')} " if any(form.is_bound and form.errors for form in forms) else ""


@register.simple_tag(takes_context=True)
def without(context: template.Context, name: str) -> str:
    """This page's query without one of its filters."""
    return with_query(context, **{name: ""})


@register.simple_tag(takes_context=True)
def sorted_by(
    context: template.Context, name: str, words: str, *, descending_first: bool = False, names_rows: bool = False
) -> SafeString:
    """A column's head that orders the table by it; once more turns the order round."""
    now = context["sort"]
    up, down = name, f"-{name}"
    first, second = (down, up) if descending_first else (up, down)
    direction = {up: "ascending", down: "descending"}.get(now)
    shape = {up: "▲", down: "▼"}.get(now, "")
    then = second if now == first else first
    href = with_query(context, sort="" if then == context["asked"].usual_sort else then)
    aria = format_html(' aria-sort="{}"', direction) if direction else ""
    return format_html(
        '<th scope="col"{}{}><a class="table__sort" href="{}">{}<span aria-hidden="true">{}</span></a></th>',
        SafeString(' class="table__name"') if names_rows else "",
        aria,
        href,
        words,
        f" {shape}" if shape else "",
    )


@register.filter
def person(user: User | None) -> str:
    """Somebody of ours by name, else by address; nobody is a dash."""
    return (user.get_full_name() or user.email) if user is not None else "–"


@register.filter
def told(finding: Finding) -> str:
    """What was found, with its moment in the viewer's zone."""
    return finding.told(lambda moment: full(moment, zone_named(None)))
