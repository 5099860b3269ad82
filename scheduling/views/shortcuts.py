"""Keyboard shortcuts: everybody may switch theirs off."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from scheduling.services import preferences
from scheduling.views import live
from scheduling.views.zones import next_url

OFF = "off"


@require_POST
def choose_shortcuts(request: HttpRequest) -> HttpResponse:
    """Keep with the person whether shortcuts are on; anything but "off" switches them on."""
    is_on = request.POST.get("shortcuts") != OFF
    preferences.choose_shortcuts(live.viewer(request), is_on=is_on)
    messages.success(request, f"Keyboard shortcuts are {'on' if is_on else 'off'}.")
    return HttpResponseRedirect(next_url(request, "/settings/"))
