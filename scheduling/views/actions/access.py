"""Connecting by personal access token or through a managed gateway."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from scheduling import tasks
from scheduling.calendly import errors
from scheduling.forms.connections import GatewayChoiceForm, GatewayKeyForm, TokenForm
from scheduling.models import Connection
from scheduling.services import connections
from scheduling.views import live, problems
from scheduling.views.addresses import sent_from
from scheduling.views.pages import access

may_change = permission_required("scheduling.change_connection", raise_exception=True)


@sent_from("calendly_token")
@may_change
def connect_by_token(request: HttpRequest) -> HttpResponse:
    """Ask Calendly whose token it is, and keep it."""
    form = TokenForm(request.POST)
    if form.is_valid():
        try:
            connection = connections.adopt_personal_token(form.cleaned_data["token"], by=live.viewer(request))
        except errors.Unauthorized:
            form.add_error("token", "Calendly does not know this token. Copy it again, or make a new one.")
        except errors.InsufficientScope as error:
            scopes = ", ".join(error.required_scopes)
            form.add_error("token", f"This token lacks {scopes}. Make one with the permissions listed below.")
        except errors.CalendlyError as error:
            form.add_error(None, f"Nothing was kept. {problems.explain(error)}")
        else:
            return _connected(request, connection)
    return access.show_token_form(request, form)


@sent_from("calendly_gateway")
@may_change
def gateway_key(request: HttpRequest) -> HttpResponse:
    """Remember the gateway's key for this browser, and show the connections it has."""
    form = GatewayKeyForm(request.POST)
    if form.is_valid():
        try:
            connections.gateway(form.cleaned_data["api_key"]).connections()
        except errors.Unauthorized:
            form.add_error("api_key", "The gateway does not know this key.")
        except errors.CalendlyError:
            form.add_error(None, "The gateway gave no usable answer. Try again in a minute.")
        else:
            access.remember_key(request, form.cleaned_data["api_key"])
            return redirect("calendly_gateway")
    return access.show_gateway(request, form)


@require_POST
@may_change
def gateway_create(request: HttpRequest) -> HttpResponse:
    """Have the gateway make a connection; its consent page is linked from our page."""
    key = access.remembered_key(request)
    if key is None:
        return redirect("calendly_gateway")
    try:
        connections.gateway(key).create()
    except errors.CalendlyError:
        messages.error(request, "The gateway made no connection. Try again in a minute.")
    return redirect("calendly_gateway")


@require_POST
@may_change
def gateway_delete(request: HttpRequest) -> HttpResponse:
    """Have the gateway give a grant back."""
    key, form = access.remembered_key(request), GatewayChoiceForm(request.POST)
    if key is None or not form.is_valid():
        return redirect("calendly_gateway")
    chosen = form.cleaned_data["connection_id"]
    if Connection.objects.filter(gateway_connection_id=chosen, state=Connection.State.CONNECTED).exists():
        messages.error(request, "This connection is in use here. Disconnect it first.")
        return redirect("calendly_gateway")
    try:
        connections.gateway(key).delete(chosen)
    except errors.CalendlyError:
        messages.error(request, "The gateway did not delete the connection. Try again in a minute.")
    else:
        messages.success(request, "The gateway has given the access back.")
    return redirect("calendly_gateway")


@require_POST
@may_change
def gateway_use(request: HttpRequest) -> HttpResponse:
    """Connect through the chosen one of the gateway's connections."""
    key, form = access.remembered_key(request), GatewayChoiceForm(request.POST)
    if key is None:
        return redirect("calendly_gateway")
    if not form.is_valid():
        messages.error(request, "Choose a connection.")
        return redirect("calendly_gateway")
    try:
        connection = connections.adopt_gateway(key, form.cleaned_data["connection_id"], by=live.viewer(request))
    except errors.CalendlyError as error:
        messages.error(request, f"Nothing was connected. {problems.explain(error)}")
        return redirect("calendly_gateway")
    access.forget_key(request)
    return _connected(request, connection)


def _connected(request: HttpRequest, connection: Connection) -> HttpResponse:
    tasks.wake(tasks.set_up_connection, connection.pk)
    messages.success(request, f"Connected as {connection.name}. Reading from Calendly.")
    return redirect("calendly_settings")
