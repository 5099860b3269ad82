"""What candidates may do on their page."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from scheduling.forms.policies import PolicyForm
from scheduling.queries import policies
from scheduling.views import live


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("scheduling.change_candidatepolicy", raise_exception=True)
def candidate_page(request: HttpRequest) -> HttpResponse:
    """One policy for the installation; it holds from the next look at a candidate's page on."""
    policy = policies.current()
    policy.updated_by = live.viewer(request)
    form = PolicyForm(request.POST if request.method == "POST" else None, instance=policy)
    if form.is_valid():
        form.save()
        messages.success(request, "Saved. Candidates’ pages follow it from now on.")
        return redirect("candidate_page")
    return render(request, "scheduling/candidate_page.html", {"form": form}, status=422 if form.errors else 200)
