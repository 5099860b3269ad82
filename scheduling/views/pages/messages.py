"""What is written to candidates: the templates, and a message before it is sent."""

from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from candidates.models import Candidate
from scheduling.forms.links import LinkForm
from scheduling.forms.messages import MessageTemplateForm
from scheduling.models import BookingLink, EventType, MessageTemplate
from scheduling.queries import messages
from scheduling.services import message_templates
from scheduling.views import live

SHOWN_TESTS = 3


@require_safe
@permission_required("scheduling.view_messagetemplate", raise_exception=True)
def message_settings(request: HttpRequest) -> HttpResponse:
    """The words of each kind, what they become, and the variables."""
    return show_settings(request)


def show_settings(request: HttpRequest, shown: MessageTemplateForm | None = None) -> HttpResponse:
    """The page, perhaps with a form that came back: with errors, or to be previewed."""
    templates = {template.kind: template for template in MessageTemplate.objects.all()}
    ours = [MessageTemplateForm(templates[kind]) for kind in MessageTemplate.Kind.values if kind in templates]
    forms = [shown if shown and shown.instance.kind == form.instance.kind else form for form in ours]
    context: dict[str, Any] = {
        "form": shown,
        "rows": [(form, preview_of(form, request)) for form in forms],
        "variables": message_templates.VARIABLES,
        "about_links": message_templates.ABOUT_LINKS,
        "about_cancellations": message_templates.ABOUT_CANCELLATIONS,
        "tests": messages.tests_of(live.viewer(request))[:SHOWN_TESTS],
    }
    return render(request, "scheduling/message_settings.html", context, status=422 if shown and shown.errors else 200)


def preview_of(form: MessageTemplateForm, request: HttpRequest) -> message_templates.Mail | None:
    """What the form's words become for the chosen candidate; None for words that cannot be saved."""
    if form.is_bound and not form.is_valid():
        return None
    words = form.cleaned_data if form.is_bound else form.initial
    return message_templates.render(words["subject"], words["body"], facts_for(form, words["example"], request))


def facts_for(form: MessageTemplateForm, candidate: Candidate | None, request: HttpRequest) -> message_templates.Facts:
    """What an example of the form's kind is about."""
    facts = example_facts(candidate, request)
    return facts if form.has_link else replace(facts, address="")


def example_facts(candidate: Candidate | None, request: HttpRequest) -> message_templates.Facts:
    """A real candidate's newest link, else the candidate with an event type of ours, else an invented one."""
    viewer = live.viewer(request)
    rows = BookingLink.objects.filter(candidate=candidate).select_related("candidate", "event_type", "position")
    link = rows.first() if candidate else None
    if link is not None:
        canceled = message_templates.example(candidate, event_type=link.event_type, sender=viewer)
        facts = message_templates.facts_of(link, sender=viewer)
        return replace(facts, starts_at=canceled.starts_at, reason=canceled.reason)
    position = candidate.positions.first() if candidate else None
    return message_templates.example(
        candidate,
        event_type=EventType.objects.filter(is_active=True, deleted_at=None).first(),
        position=position.title if position else "",
        sender=viewer,
    )


def show_message(request: HttpRequest, candidate: Candidate, form: LinkForm) -> HttpResponse:
    """The invitation a valid link form would send, with the form to send it."""
    asked = form.cleaned_data
    facts = message_templates.example(
        candidate,
        event_type=asked["event_type"],
        position=asked["position"].title if asked["position"] else "",
        expires_at=asked["expires_on"],
        sender=live.viewer(request),
    )
    mail = message_templates.compose(MessageTemplate.Kind.INVITATION, facts)
    fields = [(name, value) for name in form.fields for value in request.POST.getlist(name)]
    context = {"candidate": candidate, "mail": mail, "fields": fields, "event_type": asked["event_type"]}
    return render(request, "scheduling/message_preview.html", context)
