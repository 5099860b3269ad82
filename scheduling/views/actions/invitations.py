"""Asking people in, and their coming in."""

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from scheduling import tasks
from scheduling.forms.people import AcceptForm, InvitationForm
from scheduling.models import Invitation
from scheduling.services import invitations
from scheduling.services.people import NotPossible
from scheduling.views import live
from scheduling.views.addresses import sent_from
from scheduling.views.pages.people import may_manage, remember_link, show_list
from scheduling.views.visitors import private

# Somebody coming in needs a handful; a minute of guessing at this pace finds nothing among 2^128.
LOOKS_PER_MINUTE = 20


@sent_from("people")
@may_manage
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody by mail, and show the link once."""
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return show_list(request, form)
    try:
        invitation, token = invitations.invite(**form.cleaned_data, by=live.viewer(request))
    except NotPossible as error:
        form.add_error("email", str(error))
        return show_list(request, form)
    tasks.wake(tasks.send_invitation, invitation.pk)
    remember_link(request, invitation, token)
    messages.success(request, f"{invitation.name} is invited. The link is on its way to {invitation.email}.")
    return redirect("people")


@require_POST
@may_manage
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a new link; the old one is dead."""
    invitation = get_object_or_404(Invitation, pk=pk)
    try:
        token = invitations.renew(invitation, by=live.viewer(request))
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect("people")
    tasks.wake(tasks.send_invitation, invitation.pk)
    remember_link(request, invitation, token)
    messages.success(request, f"A new link is on its way to {invitation.email}. The old one no longer works.")
    return redirect("people")


@require_POST
@may_manage
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an invitation back."""
    invitation = get_object_or_404(Invitation, pk=pk)
    if invitations.withdraw(invitation):
        messages.success(request, f"The invitation of {invitation.email} is withdrawn.")
    else:
        messages.info(request, "This invitation was used or withdrawn meanwhile.")
    return redirect("people")


@sensitive_post_parameters()
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind an invitation's link: name and password, then straight to the desk.

    Whatever no longer opens anything gets one page, with no hint what it was.
    """
    if _is_guessing(request):
        return private(render(request, "scheduling/invitation_missing.html", {"is_slowed": True}, status=429))
    invitation = invitations.find(token, now=timezone.now())
    if invitation is None:
        return _missing(request)
    if request.user.is_authenticated:
        return private(render(request, "scheduling/invitation.html", {"invitation": invitation, "form": None}))
    form = AcceptForm(invitation, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"invitation": invitation, "form": form}
        return private(render(request, "scheduling/invitation.html", context, status=422 if form.errors else 200))
    user = invitations.accept(token, name=form.cleaned_data["name"], password=form.cleaned_data["password1"])
    if user is None:
        return _missing(request)
    login(request, user)
    messages.success(request, f"Welcome, {user.first_name}. Your account is ready.")
    return redirect("today")


def _missing(request: HttpRequest) -> HttpResponse:
    return private(render(request, "scheduling/invitation_missing.html", status=404))


def _is_guessing(request: HttpRequest) -> bool:
    """Whether one address looked at more invitations in this minute than a person would."""
    key = f"invitations:{request.META.get('REMOTE_ADDR', '')}:{timezone.now():%H%M}"
    cache.add(key, 0, timeout=120)
    return cache.incr(key) > LOOKS_PER_MINUTE
