"""Forms about how a table is looked at."""

from typing import Any

from django import forms
from django.http import QueryDict

from scheduling.queries.tables import Table, normal

LONGEST_QUERY = 2_000


class ViewForm(forms.Form):
    """A view's name, and whether everyone sees it; sharing is for those who may."""

    name = forms.CharField(
        max_length=60,
        error_messages={"required": "Name the view.", "max_length": "A name has at most 60 characters."},
    )
    is_shared = forms.BooleanField(required=False, label="Everyone sees it")

    def __init__(self, *args: Any, may_share: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_share:
            del self.fields["is_shared"]

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not name.isprintable():
            # Turns the reading direction of the whole bar, or cannot be seen.
            raise forms.ValidationError("The name has characters that cannot be seen. Type it anew.")
        return name


def filter_of(table: Table, text: str) -> str:
    """A posted query with only what the table knows."""
    return normal(table, QueryDict(text[:LONGEST_QUERY]))[:LONGEST_QUERY]
