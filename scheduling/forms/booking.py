"""What a candidate fills in on their page: the questions of an event type, and words to the recruiter."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit
from zoneinfo import available_timezones

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from phonenumber_field.formfields import PhoneNumberField

from scheduling.calendly.booking_links import MAX_ANSWERS, answer_value
from scheduling.calendly.new_invitee import MAX_ANSWER, NewAnswer
from scheduling.models import BookingLink, EventType, EventTypeQuestion
from scheduling.queries import zone_names
from scheduling.services.bookings import Wanted
from scheduling.templatetags.desk import your_place

KNOWN_ZONES = frozenset(available_timezones())
OTHER = "__other__"
MAX_WORDS = 2_000
SUGGESTIONS = 3
Kind = EventTypeQuestion.AnswerType


def moment(text: str) -> datetime | None:
    """A point in time as an address or a form carries it; None for anything else."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and timezone.is_aware(found) else None


class BookingForm(forms.Form):
    """Place and questions of the link's event type, as Calendly's own page asks them.

    Name and address are the candidate's and no fields: the link is theirs alone. `request_key` makes sending twice one
    booking.
    """

    request_key = forms.UUIDField(widget=forms.HiddenInput)
    start = forms.CharField(widget=forms.HiddenInput)
    zone = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, link: BookingLink, data: Any = None, *, start: datetime | None = None, zone: str = "") -> None:
        initial = {"request_key": uuid.uuid4(), "start": start.isoformat() if start else "", "zone": zone}
        super().__init__(data, initial=initial, auto_id="book_%s", use_required_attribute=True)
        self.link = link
        self.questions = list(EventTypeQuestion.objects.filter(event_type=link.event_type))
        self.places = places_of(link.event_type)
        self._add_places()
        prefilled = _prefilled(link)
        for question in self.questions:
            for name, field in fields_of(question, prefilled).items():
                self.fields[name] = field

    @property
    def is_broken(self) -> bool:
        """Whether a field nobody sees is wrong, which nobody could mend in the form."""
        return bool({"start", "request_key"} & set(self.errors))

    def _add_places(self) -> None:
        kinds = [option["kind"] for option in self.places]
        if len(self.places) > 1:
            choices = [(str(number), place_words(option)) for number, option in enumerate(self.places)]
            self.fields["place"] = forms.ChoiceField(
                label=_("Where shall we meet?"), choices=choices, initial="0", widget=forms.RadioSelect
            )
        is_only = len(self.places) == 1
        if "outbound_call" in kinds:
            self.fields["phone"] = PhoneNumberField(
                label=_("Phone number we call"),
                required=is_only,
                initial=str(self.link.candidate.phone or ""),
                help_text=_("With the country’s code, such as +44."),
                error_messages={"invalid": _("Enter the number with its country’s code, such as +44 20 7946 0000.")},
            )
        if "ask_invitee" in kinds:
            self.fields["meeting_place"] = forms.CharField(
                label=_("Place you suggest"), required=is_only, max_length=255
            )

    def clean_start(self) -> datetime:
        found = moment(self.cleaned_data["start"])
        if found is None:
            raise forms.ValidationError(_("Choose a time."))
        return found

    def clean_zone(self) -> str:
        """A wrong or missing zone is the one the page was shown in."""
        zone: str = self.cleaned_data["zone"]
        return zone_names.todays(zone) if zone in KNOWN_ZONES else timezone.get_current_timezone_name()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        option = self._place()
        needed = {"outbound_call": "phone", "ask_invitee": "meeting_place"}.get(option["kind"]) if option else None
        if needed and not cleaned.get(needed) and needed not in self.errors:
            self.add_error(needed, _("This is needed for the place you chose."))
        for question in self.questions:
            name = answer_name(question)
            chosen = cleaned.get(name)
            if (chosen == OTHER or (isinstance(chosen, list) and OTHER in chosen)) and not cleaned.get(f"{name}_other"):
                self.add_error(f"{name}_other", _("Say in words what you mean by “Other”."))
        return cleaned

    def _place(self) -> Mapping[str, str] | None:
        if not self.places:
            return None
        number = str(self.cleaned_data.get("place", "0"))
        return self.places[int(number)] if number.isdigit() and int(number) < len(self.places) else None

    def wanted(self) -> Wanted:
        """What is asked of the service."""
        option = self._place()
        return Wanted(
            link=self.link,
            request_key=self.cleaned_data["request_key"],
            start=self.cleaned_data["start"],
            zone=self.cleaned_data["zone"],
            location_kind=option["kind"] if option else "",
            location_text=self._place_text(option) if option else "",
            answers=[
                NewAnswer(question.text, "\n".join(lines), question.position)
                for question in self.questions
                if (lines := self._lines(question))
            ],
        )

    def _place_text(self, option: Mapping[str, str]) -> str:
        if option["kind"] == "outbound_call":
            phone = self.cleaned_data.get("phone")
            return str(phone.as_e164) if phone else ""
        if option["kind"] == "ask_invitee":
            return str(self.cleaned_data.get("meeting_place", ""))
        return option.get("location", "")

    def _lines(self, question: EventTypeQuestion) -> list[str]:
        """The answer as Calendly keeps it: several choices, and words of one's own, one a line."""
        name = answer_name(question)
        value: Any = self.cleaned_data.get(name) or ""
        if question.answer_type == Kind.PHONE_NUMBER:
            return [str(value.as_e164)] if value else []
        chosen = value if isinstance(value, list) else [str(value)]
        other = str(self.cleaned_data.get(f"{name}_other", ""))
        return [other if line == OTHER else line for line in chosen if line]

    def prefill(self) -> dict[int, str]:
        """The same answers for Calendly's page, should the candidate have to go on there."""
        found = {}
        for question in self.questions:
            lines = self._lines(question)
            if question.position < MAX_ANSWERS and lines:
                found[question.position] = answer_value(question.answer_type, question.choices, lines)
        return found


def places_of(event_type: EventType) -> list[dict[str, str]]:
    """What may be chosen from; where Calendly picks the host there is nothing to name."""
    return [] if event_type.pooling == EventType.Pooling.ROUND_ROBIN else list(event_type.locations)


def place_words(option: Mapping[str, str]) -> str:
    words = your_place(option["kind"])
    return f"{words}: {option['location']}" if option.get("location") else words


def answer_name(question: EventTypeQuestion) -> str:
    """By position, because reading an event type again makes its questions new rows."""
    return f"answer_{question.position}"


def fields_of(question: EventTypeQuestion, prefilled: Mapping[int, str]) -> dict[str, forms.Field]:
    """The field of a question, and one for words of one's own where the choices leave that open."""
    name, given = answer_name(question), prefilled.get(question.position, "")
    choices = [(choice, choice) for choice in question.choices]
    label, required = question.text, question.is_required
    if question.answer_type not in (Kind.SINGLE_SELECT, Kind.MULTI_SELECT):
        return {name: _open_field(question, given)}
    if question.includes_other:
        choices.append((OTHER, _("Other")))
    chosen = [
        question.choices[int(n) - 1] for n in given.split(",") if n.isdigit() and 0 < int(n) <= len(question.choices)
    ]
    field: forms.Field
    if question.answer_type == Kind.SINGLE_SELECT:
        field = forms.ChoiceField(
            label=label, required=required, choices=choices, initial=next(iter(chosen), None), widget=forms.RadioSelect
        )
    else:
        field = forms.MultipleChoiceField(
            label=label, required=required, choices=choices, initial=chosen, widget=forms.CheckboxSelectMultiple
        )
    if not question.includes_other:
        return {name: field}
    return {name: field, f"{name}_other": forms.CharField(label=_("Other, in words"), required=False, max_length=255)}


def _open_field(question: EventTypeQuestion, given: str) -> forms.Field:
    label, required = question.text, question.is_required
    if question.answer_type == Kind.PHONE_NUMBER:
        words = _("Enter the number with its country’s code, such as +44 20 7946 0000.")
        phone: forms.Field = PhoneNumberField(
            label=label, required=required, initial=given, error_messages={"invalid": words}
        )
        return phone
    if question.answer_type == Kind.TEXT:
        area = forms.Textarea(attrs={"rows": 3})
        return forms.CharField(label=label, required=required, initial=given, max_length=MAX_ANSWER, widget=area)
    return forms.CharField(label=label, required=required, initial=given, max_length=MAX_ANSWER)


def _prefilled(link: BookingLink) -> dict[int, str]:
    """What the recruiter filled in beforehand, by question position."""
    query = parse_qs(urlsplit(link.prefilled_url).query)
    return {place: query[f"a{place + 1}"][0] for place in range(MAX_ANSWERS) if f"a{place + 1}" in query}


class WordsForm(forms.Form):
    """A message to the recruiter."""

    words = forms.CharField(
        label=gettext_lazy("Your message"), max_length=MAX_WORDS, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="ask_%s")


class TimesForm(forms.Form):
    """Times that would suit the candidate, in the zone the page was shown in, or words, or both."""

    words = forms.CharField(
        label=gettext_lazy("What would suit you?"),
        required=False,
        max_length=MAX_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="times_%s")
        for number in range(1, SUGGESTIONS + 1):
            self.fields[f"time_{number}"] = forms.DateTimeField(
                label=_("Time %(number)s") % {"number": number},
                required=False,
                widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
                input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
                error_messages={"invalid": _("Enter a date and a time.")},
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("words") and not self.times():
            raise forms.ValidationError(_("Suggest a time, or write what would suit you."))
        return cleaned

    def times(self) -> list[datetime]:
        """The suggested times that are still ahead, in order."""
        given = [self.cleaned_data.get(f"time_{number}") for number in range(1, SUGGESTIONS + 1)]
        ahead = {cast(datetime, value) for value in given if value is not None and value > timezone.now()}
        return sorted(ahead)
