"""Forms that take two people at the same row at once: what each changed is kept, what both changed is asked about."""

import hashlib
from typing import Any, TypeVar

from django import forms
from django.db.models import Model
from django.http import QueryDict

Row = TypeVar("Row", bound=Model)
# A whole template; a form's answer stays a page.
SHOWN = 2_000


class _OpenedWith(forms.CharField):
    """No value of the row, so never a change of it."""

    def has_changed(self, initial: object, data: object) -> bool:
        return False


class FreshModelForm(forms.ModelForm[Row]):
    """Carries a digest of each value it was opened with, and merges what it brings with what is saved by then.

    A field nobody touched in the form takes what is saved. Where both changed it, and not to the same, nothing is
    saved: the form comes back with what was typed, the field names the value that is saved, and saving once more takes
    what was typed. A form without the digests is taken as it is.
    """

    opened_with = _OpenedWith(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [name for name in self._meta.fields or () if name in self.fields]
        # As a browser would send it back untouched.
        self._saved = {name: self._shown(name) for name in names}
        self._stamp = " ".join(f"{name}:{_digest(value)}" for name, value in self._saved.items())
        self.initial["opened_with"] = self._stamp
        self._conflicts: list[str] = []
        if self.is_bound and self.instance.pk:
            self._merge()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned.pop("opened_with", None)
        for name in self._conflicts:
            self.add_error(name, _told(self._words(name)))
        return cleaned

    def _merge(self) -> None:
        data = QueryDict(mutable=True)
        data.update(self.data)
        field = self.add_prefix("opened_with")
        opened = dict(part.split(":", 1) for part in data.get(field, "").split() if ":" in part)
        for name, saved in self._saved.items():
            sent = self._sent(name)
            if opened.get(name, _digest(saved)) == _digest(saved) or _digest(sent) == _digest(saved):
                continue
            if _digest(sent) == opened[name]:
                data.setlist(self.add_prefix(name), saved)
            else:
                self._conflicts.append(name)
        # What is saved is known to the form now: the next try is a decision.
        data[field] = self._stamp
        self.data = data

    def _shown(self, name: str) -> list[str]:
        field = self.fields[name]
        return _listed(field.widget.format_value(field.prepare_value(self.initial.get(name))))

    def _sent(self, name: str) -> list[str]:
        return _listed(self.fields[name].widget.value_from_datadict(self.data, self.files, self.add_prefix(name)))

    def _words(self, name: str) -> str:
        """The saved value as people read it."""
        value, field = self.initial.get(name), self.fields[name]
        if isinstance(field, forms.ModelMultipleChoiceField):
            words = ", ".join(sorted(map(str, value or [])))
        elif isinstance(field, forms.ModelChoiceField):
            words = str(field.queryset.filter(pk=value).first() or "") if field.queryset is not None else ""
        else:
            words = str(value or "")
        return words


def _listed(value: Any) -> list[str]:
    """A field's values, as browsers send them, without those that are empty."""
    values = value if isinstance(value, list | tuple) else [value]
    return [str(one) for one in values if one not in (None, "")]


def _digest(values: list[str]) -> str:
    """The same for the same values, in whatever order and with whichever line breaks they come."""
    tidy = sorted(value.replace("\r\n", "\n").strip() for value in values)
    return hashlib.sha256(repr([value for value in tidy if value]).encode()).hexdigest()[:12]


def _told(saved: str) -> str:
    shown = saved if len(saved) <= SHOWN else f"{saved[:SHOWN]}…"
    what = f"saved “{shown}” here" if shown else "emptied this"
    return f"Somebody {what} meanwhile. Save again to keep yours."
