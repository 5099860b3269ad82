"""Who may sign in and as what: the list, one person, and what the roles may do."""

from dataclasses import dataclass
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from cryptography.fernet import InvalidToken
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from scheduling.forms.people import HandOverForm, InvitationForm, RoleForm
from scheduling.models import Invitation
from scheduling.models.fields import decrypt, encrypt
from scheduling.queries import people as query
from scheduling.queries import roles as published
from scheduling.services import invitations
from scheduling.views import live

may_manage = permission_required("auth.change_user", raise_exception=True)

# The link of an invitation just made, encrypted, until the next page shows it.
SESSION_KEY = "new_invitation"


@dataclass(frozen=True)
class Row:
    """One account as the list shows it."""

    user: User
    role: str


@require_safe
@may_manage
def people_list(request: HttpRequest) -> HttpResponse:
    """Accounts and pending invitations, and the form to invite somebody."""
    return show_list(request, InvitationForm())


def show_list(request: HttpRequest, form: InvitationForm) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "rows": [Row(user, query.role_of(user)) for user in query.everyone()],
        "invitations": query.pending_invitations(),
        "new": None if form.is_bound else _shown_once(request),
    }
    return render(request, "scheduling/people.html", context, status=422 if form.errors else 200)


def remember_link(request: HttpRequest, invitation: Invitation, token: str) -> None:
    """Keep a new link for the inviter's next page."""
    request.session[SESSION_KEY] = {"pk": invitation.pk, "token": encrypt(token)}


def _shown_once(request: HttpRequest) -> dict[str, Any] | None:
    """The new link, and forget it; nothing when it is dead already."""
    kept = request.session.pop(SESSION_KEY, None)
    if kept is None:
        return None
    try:
        token = decrypt(kept["token"])
    except InvalidToken:
        return None
    invitation = invitations.find(token, now=timezone.now())
    return {"invitation": invitation, "address": invitations.address_of(token)} if invitation else None


@require_safe
@may_manage
def person(request: HttpRequest, pk: int) -> HttpResponse:
    return show_person(request, get_object_or_404(User, pk=pk))


def show_person(
    request: HttpRequest,
    user: User,
    *,
    role_form: RoleForm | None = None,
    hand_over_form: HandOverForm | None = None,
    deactivate_form: HandOverForm | None = None,
) -> HttpResponse:
    """One account with what can be done about it, perhaps with a form that came back."""
    given = [form for form in (role_form, hand_over_form, deactivate_form) if form is not None]
    context = {
        "person": user,
        "role": query.role_of(user),
        "is_self": user == live.viewer(request),
        "candidate_count": query.candidates_of(user).count(),
        "has_second_factor": is_mfa_enabled(user),
        "role_form": role_form or RoleForm(user),
        "hand_over_form": hand_over_form or HandOverForm(user),
        "deactivate_form": deactivate_form or HandOverForm(user, auto_id="deactivate_%s"),
    }
    return render(request, "scheduling/person.html", context, status=422 if given else 200)


@require_safe
def roles(request: HttpRequest) -> HttpResponse:
    """What each role may do, for everybody who is signed in."""
    viewer = live.viewer(request)
    context = {"roles": query.ROLES, "matrix": published.matrix(), "own_role": query.role_of(viewer)}
    return render(request, "scheduling/roles.html", context)


def own_address(request: HttpRequest) -> HttpResponse:
    """People sign in by the address an administrator gave them; nobody changes their own."""
    raise PermissionDenied
