"""The words of messages, as people edit them."""

from typing import Any

from django import forms

from candidates.freshness import FreshModelForm
from candidates.models import Candidate
from scheduling.models import MessageTemplate
from scheduling.services.message_templates import problems_of

# The newest are enough to see real data.
EXAMPLES = 25


class MessageTemplateForm(FreshModelForm[MessageTemplate]):
    """Subject and text of one kind; `example` is whose data a preview and a test show."""

    example = forms.ModelChoiceField(
        Candidate.objects.none(), required=False, label="Example candidate", empty_label="An invented candidate"
    )

    class Meta:
        model = MessageTemplate
        fields = ["subject", "body"]
        labels = {"body": "Text"}
        widgets = {"body": forms.Textarea(attrs={"rows": 14, "spellcheck": "true"})}
        error_messages = {"subject": {"required": "Enter a subject."}, "body": {"required": "Enter a text."}}

    def __init__(self, template: MessageTemplate, data: Any = None) -> None:
        super().__init__(data, instance=template, auto_id=f"{template.kind}_%s")
        newest = Candidate.objects.filter(archived_at=None).order_by("-created_at", "-pk")
        chosen = newest.filter(pk__in=list(newest.values_list("pk", flat=True)[:EXAMPLES]))
        self.fields["example"].queryset = chosen  # type: ignore[attr-defined]  # a ModelChoiceField
        self.initial["example"] = chosen.first()

    @property
    def has_link(self) -> bool:
        """Whether what it says leads to a booking page."""
        return self.instance.kind != MessageTemplate.Kind.CANCELLATION

    def clean_subject(self) -> str:
        """On one line, whatever was pasted: a line break would begin another header."""
        subject = " ".join(self.cleaned_data["subject"].split())
        if problems := problems_of(subject, kind=self.instance.kind):
            raise forms.ValidationError(problems)
        return subject

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"].replace("\r\n", "\n")
        if problems := problems_of(body, kind=self.instance.kind, needs_link=self.has_link):
            raise forms.ValidationError(problems)
        return body
