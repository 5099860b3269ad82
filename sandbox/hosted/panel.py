"""The control panel: what there is, what was sent, and what to break."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from sandbox import clock, courier, options
from sandbox.models import ApiRequest, Delivery, Event, EventType, Member, Organization, Subscription, Switch

BEHAVIOURS = (
    "400",
    "401",
    "403",
    "403_scope",
    "404",
    "409",
    "424",
    "429",
    "500",
    "503",
    "html",
    "html_429",
    "html_502",
    "cut",
    "slow:5",
    "silent:20",
    "reset",
    "lost",
)


@login_not_required
@require_safe
def panel(request: HttpRequest) -> HttpResponse:
    upcoming = (
        Event.objects.filter(start__gte=clock.now()).select_related("event_type").prefetch_related("invitees", "hosts")
    )
    context = {
        "organization": Organization.objects.first(),
        "members": Member.objects.all(),
        "event_types": EventType.objects.select_related("owner"),
        "events": upcoming[:20],
        "subscriptions": Subscription.objects.select_related("creator"),
        "deliveries": Delivery.objects.select_related("subscription").order_by("-pk")[:25],
        "requests": ApiRequest.objects.order_by("-pk")[:15],
        "switches": Switch.objects.exclude(remaining=0),
        "behaviours": BEHAVIOURS,
        "options": options.listed(),
    }
    return render(request, "sandbox/panel.html", context)


@login_not_required
@require_POST
def delivery_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Send again, send a copy, or drop one delivery."""
    delivery = get_object_or_404(Delivery, pk=pk)
    if act == "send":
        courier.send(delivery.pk)
    elif act == "duplicate":
        delivery.pk = None
        delivery.state, delivery.attempts, delivery.next_try_at = Delivery.State.WAITING, 0, clock.now()
        delivery.save()
    elif act == "drop":
        Delivery.objects.filter(pk=pk).update(state=Delivery.State.DROPPED)
    return HttpResponseRedirect(reverse("sandbox_panel"))


@login_not_required
@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Set a break switch, or clear them all."""
    if "clear" in request.POST:
        Switch.objects.all().delete()
    elif request.POST.get("behaviour") in BEHAVIOURS:
        times = request.POST.get("times", "")
        Switch.objects.create(
            operation=request.POST.get("operation", "").strip() or "*",
            behaviour=request.POST["behaviour"],
            remaining=int(times) if times.isdecimal() else None,
        )
    return HttpResponseRedirect(reverse("sandbox_panel"))


@login_not_required
@require_POST
def option(request: HttpRequest) -> HttpResponse:
    """Set the options that were changed."""
    try:
        options.write_changed({name: request.POST[name].strip() for name in request.POST})
    except ValueError as error:
        context = {"title": "That option cannot be set", "message": str(error)}
        return render(request, "sandbox/problem.html", context, status=400)
    return HttpResponseRedirect(reverse("sandbox_panel"))
