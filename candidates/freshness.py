"""Forms that notice when somebody else saved the row while they were being filled in."""

import hashlib
from collections.abc import Iterable
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
    """Carries a digest of the values it was opened with; where they changed meanwhile, both values are shown.

    Nothing is saved then. The form comes back with what was typed, each differing field names the value that is saved,
    and saving once more takes what was typed. A form without the digest is taken as it is.
    """

    opened_with = _OpenedWith(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._saved = {name: self._words(name) for name in self._meta.fields or () if name in self.fields}
        self.initial["opened_with"] = self._digest()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        opened_with = cleaned.pop("opened_with", "")
        if self.instance.pk and opened_with and opened_with != self._digest():
            self._refuse([name for name in self._saved if name in self.changed_data])
        return cleaned

    def _refuse(self, differing: Iterable[str]) -> None:
        for name in differing:
            self.add_error(name, _told(self._saved[name]))
        # What is saved has been shown now: the next try is a decision.
        data = QueryDict(mutable=True)
        data.update(self.data)
        data[self.add_prefix("opened_with")] = self._digest()
        self.data = data

    def _digest(self) -> str:
        return hashlib.sha256(repr(sorted(self._saved.items())).encode()).hexdigest()[:24]

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


def _told(saved: str) -> str:
    shown = saved if len(saved) <= SHOWN else f"{saved[:SHOWN]}…"
    what = f"saved “{shown}” here" if shown else "emptied this"
    return f"Somebody {what} meanwhile. Save again to keep yours."
