"""What is done about somebody's account."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from scheduling.forms.people import HandOverForm, RoleForm
from scheduling.services import people
from scheduling.templatetags.desk import person as name_of
from scheduling.views import live
from scheduling.views.addresses import sent_from
from scheduling.views.pages.people import may_manage, show_person


@sent_from("person", "pk")
@may_manage
def change_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Give somebody another role; it holds from their next click."""
    user = get_object_or_404(User, pk=pk)
    form = RoleForm(user, request.POST)
    if not form.is_valid():
        return show_person(request, user, role_form=form)
    role = form.cleaned_data["role"]
    try:
        people.change_role(user, role, by=live.viewer(request))
    except people.NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{name_of(user)} is now {role}.")
    return redirect("person", pk)


@sent_from("person", "pk")
@may_manage
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Give all of somebody's current candidates to another."""
    user = get_object_or_404(User, pk=pk)
    form = HandOverForm(user, request.POST)
    if not form.is_valid():
        return show_person(request, user, hand_over_form=form)
    taker = form.cleaned_data["taker"]
    if taker is None:
        messages.info(request, f"{name_of(user)} has no candidates to hand over.")
        return redirect("person", pk)
    try:
        count = people.hand_over(user, taker, by=live.viewer(request))
    except people.NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{_candidates(count)} now {name_of(taker)}’s.")
    return redirect("person", pk)


@sent_from("person", "pk")
@may_manage
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch an account off and hand its candidates over, in one act."""
    user = get_object_or_404(User, pk=pk)
    form = HandOverForm(user, request.POST, auto_id="deactivate_%s")
    if not form.is_valid():
        return show_person(request, user, deactivate_form=form)
    taker = form.cleaned_data["taker"]
    try:
        count = people.deactivate(user, taker=taker, by=live.viewer(request))
    except people.NotPossible as error:
        messages.error(request, str(error))
        return redirect("person", pk)
    given = f" {_candidates(count)} now {name_of(taker)}’s." if count else ""
    messages.success(request, f"{name_of(user)} can no longer sign in.{given}")
    return redirect("person", pk)


@require_POST
@may_manage
def reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch an account on again."""
    user = get_object_or_404(User, pk=pk)
    try:
        people.reactivate(user, by=live.viewer(request))
    except people.NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{name_of(user)} can sign in again.")
    return redirect("person", pk)


@require_POST
@may_manage
def remove_second_factors(request: HttpRequest, pk: int) -> HttpResponse:
    """Help somebody whose phone is gone."""
    user = get_object_or_404(User, pk=pk)
    try:
        people.remove_second_factors(user, by=live.viewer(request))
    except people.NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{name_of(user)} signs in by password alone until they set up another factor.")
    return redirect("person", pk)


def _candidates(count: int) -> str:
    return f"{count} candidate is" if count == 1 else f"{count} candidates are"
