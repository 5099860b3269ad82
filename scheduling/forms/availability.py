"""What is asked on the availability pages."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils import timezone

from candidates.models import Candidate
from scheduling.forms.links import bookable_event_types
from scheduling.models import EventType
from scheduling.queries.calendars import HORIZON, Host
from scheduling.queries.connections import serving
from scheduling.services.shared_times import MOST, ShareRequest

LONGEST_MIN = 720


class WhenForm(forms.Form):
    """A time, or with `until` a range to find one in, and how long it takes; local to the zone asked for."""

    on = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}))
    at = forms.TimeField(label="From", widget=forms.TimeInput(attrs={"type": "time"}))
    until = forms.TimeField(
        label="Until", required=False, widget=forms.TimeInput(attrs={"type": "time"}), help_text="Empty: at that time."
    )
    minutes = forms.IntegerField(label="Minutes", min_value=5, max_value=LONGEST_MIN)

    def __init__(self, zone: ZoneInfo, data: Any = None, *, initial: dict[str, str] | None = None) -> None:
        super().__init__(data, auto_id="when_%s", initial=initial)
        self.zone = zone

    def clean_on(self) -> date:
        day: date = self.cleaned_data["on"]
        today = timezone.now().astimezone(self.zone).date()
        if day < today:
            raise forms.ValidationError("This day is over. Choose today or a later day.")
        if day > today + HORIZON:
            raise forms.ValidationError("Calendly offers nothing that far ahead. Choose a day within a year.")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        start, end = self.span()
        if end - start < timedelta(minutes=cleaned["minutes"]):
            self.add_error("until", "There is not enough time between these.")
        if start <= timezone.now():
            self.add_error("at", "This time is over. Choose a later one.")
        return cleaned

    def span(self) -> tuple[datetime, datetime]:
        """In which to find the time, in UTC; without a range the very time."""
        day, at, until = (self.cleaned_data.get(name) for name in ("on", "at", "until"))
        start = self._moment(day or date.min, at or time())
        if until is None:
            return start, start + timedelta(minutes=self.cleaned_data["minutes"])
        return start, self._moment(day or date.min, until)

    def _moment(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone).astimezone(UTC)

    @property
    def is_range(self) -> bool:
        return bool(self.cleaned_data.get("until"))


class ShareForm(forms.Form):
    """The slots picked, of what and for whom; `request_key` makes sending twice one act."""

    request_key = forms.UUIDField(widget=forms.HiddenInput)
    event_type = forms.ModelChoiceField(
        EventType.objects.none(), error_messages={"invalid_choice": "This event type is no longer offered."}
    )
    candidate = forms.ModelChoiceField(
        Candidate.objects.filter(archived_at=None),
        required=False,
        error_messages={"invalid_choice": "This candidate is in the archive."},
    )
    zone = forms.CharField(max_length=64)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.picked = data.getlist("start")
        bookable = bookable_event_types().select_related("connection")
        self.fields["event_type"].queryset = bookable  # type: ignore[attr-defined]  # a ModelChoiceField

    def clean_zone(self) -> str:
        name: str = self.cleaned_data["zone"]
        try:
            return ZoneInfo(name).key
        except (KeyError, ValueError, OSError):
            raise forms.ValidationError("This time zone is not known.") from None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            starts = {datetime.fromisoformat(text) for text in self.picked}
        except ValueError:
            raise forms.ValidationError("The times could not be read. Choose them again.") from None
        if not starts:
            raise forms.ValidationError("Choose at least one time.")
        if len(starts) > MOST:
            raise forms.ValidationError(f"Choose {MOST} times at most.")
        if any(start.tzinfo is None or start > timezone.now() + HORIZON for start in starts):
            raise forms.ValidationError("The times could not be read. Choose them again.")
        if any(start <= timezone.now() for start in starts):
            raise forms.ValidationError("One of the times is over. Choose again.")
        return {**cleaned, "starts": sorted(starts)}

    def request(self) -> ShareRequest:
        event_type: EventType = self.cleaned_data["event_type"]
        return ShareRequest(
            event_type=event_type,
            connection=serving(event_type) or event_type.connection,
            starts=self.cleaned_data["starts"],
            timezone=self.cleaned_data["zone"],
            request_key=self.cleaned_data["request_key"],
            candidate=self.cleaned_data["candidate"],
        )

    def problem(self) -> str:
        """The first thing that is wrong, as one sentence."""
        return next((str(error) for errors in self.errors.values() for error in errors), "")


class LimitsForm(forms.Form):
    """For each interviewer the most interviews a day and a week; empty is no limit."""

    def __init__(self, hosts: Sequence[Host], data: Any = None) -> None:
        super().__init__(data, auto_id="limit_%s")
        self.hosts = hosts
        for host in hosts:
            self.fields[f"day_{host.pk}"] = _limit(f"At most a day, {host}", host.max_per_day, 24)
            self.fields[f"week_{host.pk}"] = _limit(f"At most a week, {host}", host.max_per_week, 99)

    def limits(self) -> dict[int, tuple[int | None, int | None]]:
        """By interviewer (id): a day, a week."""
        cleaned = self.cleaned_data
        return {host.pk: (cleaned[f"day_{host.pk}"], cleaned[f"week_{host.pk}"]) for host in self.hosts}


def _limit(label: str, value: int | None, most: int) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, initial=value, min_value=1, max_value=most)
