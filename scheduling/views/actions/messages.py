"""Mails to candidates: asking for one, sending it again, saying that it came back; and their words."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from scheduling import tasks
from scheduling.forms.messages import MessageTemplateForm
from scheduling.models import BookingLink, Message, MessageTemplate
from scheduling.services import message_templates
from scheduling.services import messages as outbox
from scheduling.views import live
from scheduling.views.addresses import sent_from
from scheduling.views.pages.messages import facts_for, show_settings
from scheduling.views.zones import next_url

may_send = permission_required("scheduling.add_bookinglink", raise_exception=True)
may_edit = permission_required("scheduling.change_messagetemplate", raise_exception=True)


@require_POST
@may_send
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the invitation for a link that is there already."""
    link = _link(pk)
    send_invitation(request, link)
    return _back(request, link.candidate_id)


def send_invitation(request: HttpRequest, link: BookingLink) -> None:
    """Queue it and say so."""
    try:
        message = outbox.queue_invitation(link, by=live.viewer(request))
    except outbox.NotPossible as error:
        messages.error(request, f"{error} Nothing was sent.")
        return
    tasks.wake(tasks.send_message, message.pk)
    messages.success(request, f"The invitation is on its way to {message.to}.")


@require_POST
@may_send
def remind(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a reminder for a link that has not been booked."""
    link = _link(pk)
    try:
        message = outbox.queue_nudge(link, by=live.viewer(request))
    except outbox.NotPossible as error:
        messages.error(request, f"{error} Nothing was sent.")
        return _back(request, link.candidate_id)
    if message is None:
        messages.info(request, f"{link.candidate.name} was written to a moment ago; nothing more was sent.")
        return _back(request, link.candidate_id)
    tasks.wake(tasks.send_message, message.pk)
    messages.success(request, f"A reminder is on its way to {message.to}.")
    return _back(request, link.candidate_id)


@require_POST
@may_send
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send what failed, came back or may have been lost once more, to the present address."""
    message = _message(pk)
    try:
        if outbox.resend(message, by=live.viewer(request)):
            tasks.wake(tasks.send_message, message.pk)
            messages.success(request, f"The mail to {message.candidate} is on its way again.")
    except outbox.NotPossible as error:
        messages.error(request, str(error))
    return _back_from(request, message)


@require_POST
@may_send
def mark_bounced(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that the mail came back to the mailbox it was sent from."""
    message = _message(pk)
    if outbox.mark_bounced(message, by=live.viewer(request)):
        messages.success(request, f"Noted that {message.to} could not be reached. Correct the address and send again.")
    return _back_from(request, message)


@sent_from("message_settings")
@may_edit
def save_template(request: HttpRequest, kind: str) -> HttpResponse:
    """Keep the words; mails that are written from now on use them."""
    form = _form(request, kind)
    if not form.is_valid():
        return show_settings(request, form)
    template = form.save(commit=False)
    template.updated_by = live.viewer(request)
    template.save()
    messages.success(request, f"The words of the {template.get_kind_display().lower()} are saved.")
    return redirect("message_settings")


@sent_from("message_settings")
@may_edit
def preview_template(request: HttpRequest, kind: str) -> HttpResponse:
    """Show what the words would become, without saving them."""
    return show_settings(request, _form(request, kind))


@sent_from("message_settings")
@may_edit
def test_template(request: HttpRequest, kind: str) -> HttpResponse:
    """Send the words, saved or not, to whoever asks."""
    form = _form(request, kind)
    if form.is_valid():
        words, viewer = form.cleaned_data, live.viewer(request)
        facts = facts_for(form, words["example"], request)
        mail = message_templates.render(words["subject"], words["body"], facts)
        message = outbox.queue_test(mail, kind=kind, to=viewer)
        tasks.wake(tasks.send_message, message.pk)
        is_new = bool({"subject", "body"} & set(form.changed_data))
        unsaved = " What you wrote is not saved yet." if is_new else ""
        messages.success(request, f"A test is on its way to {viewer.email}.{unsaved}")
    return show_settings(request, form)


def _form(request: HttpRequest, kind: str) -> MessageTemplateForm:
    return MessageTemplateForm(get_object_or_404(MessageTemplate, kind=kind), request.POST)


def _link(pk: int) -> BookingLink:
    return get_object_or_404(BookingLink.objects.select_related("candidate"), pk=pk)


def _message(pk: int) -> Message:
    return get_object_or_404(Message.objects.select_related("candidate", "link"), pk=pk, candidate__isnull=False)


def _back(request: HttpRequest, candidate_id: int | None) -> HttpResponse:
    return redirect(next_url(request, reverse("candidate", args=[candidate_id])))


def _back_from(request: HttpRequest, message: Message) -> HttpResponse:
    """To where it is shown: a message about no link is on its interview's page."""
    if message.interview_id is not None and message.link_id is None:
        return redirect("interview", pk=message.interview_id)
    return _back(request, message.candidate_id)
