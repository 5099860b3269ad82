"""How the viewer wants the desk."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from scheduling.forms.preferences import PreferenceForm
from scheduling.queries import preferences
from scheduling.views import live
from scheduling.views.zones import CHOSEN


@require_http_methods(["GET", "HEAD", "POST"])
def you(request: HttpRequest) -> HttpResponse:
    """Zone, clock, shortcuts and mails, of nobody but the viewer."""
    preference = preferences.of(live.viewer(request))
    form = PreferenceForm(request.POST if request.method == "POST" else None, instance=preference)
    if form.is_valid():
        form.save()
        messages.success(request, "Saved. Times are shown your way from now on.")
        response = redirect("you")
        # What was once chosen in the top bar of this browser would otherwise win over the browser itself.
        response.delete_cookie(CHOSEN)
        return response
    context = {"form": form, "now": timezone.now()}
    return render(request, "scheduling/you.html", context, status=422 if form.errors else 200)
