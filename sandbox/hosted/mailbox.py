"""The mailbox: what the desk sent to candidates, recruiters and whoever forgot a password."""

from csp.decorators import csp_replace
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sandbox import mailbox as mails
from sandbox.api import breaks
from sandbox.models import Mail

# A mail brings its own styles, may load nothing and run nothing, and is only shown inside our page.
OF_A_MAIL = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}
SHOWN = 100


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def mailbox(request: HttpRequest) -> HttpResponse:
    """GET: the mails, newest first. POST a raw message: take it; `mailbox.receive` is its name for switches."""
    if request.method == "POST":
        return breaks.apply(request, "mailbox.receive") or breaks.lose(request, _receive(request), "mailbox.receive")
    return render(request, "sandbox/mailbox.html", {"mails": Mail.objects.defer("raw")[:SHOWN]})


def _receive(request: HttpRequest) -> HttpResponse:
    try:
        mails.store(request.body)
    except ValueError as error:
        return HttpResponse(f"{error}\n", status=400, content_type="text/plain")
    return HttpResponse("taken\n", content_type="text/plain")


@login_not_required
@require_safe
def greeting(request: HttpRequest) -> HttpResponse:
    """What a mail server says first; `mailbox.connect` is its name for switches."""
    return breaks.apply(request, "mailbox.connect") or HttpResponse("ready\n", content_type="text/plain")


@login_not_required
@require_safe
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail: its headers, its text with what it links to, and how its HTML looks."""
    found = get_object_or_404(Mail, pk=pk)
    context = {
        "mail": found,
        "headers": mails.headers(found),
        "text": mails.part(found, "plain"),
        "links": mails.links(found),
        "has_html": bool(mails.part(found, "html")),
    }
    return render(request, "sandbox/mail.html", context)


@login_not_required
@require_safe
@xframe_options_sameorigin
@csp_replace(OF_A_MAIL)  # type: ignore[arg-type]  # its types know only views without parameters
def mail_html(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML part alone, for the frame; its links open beside it."""
    html = mails.part(get_object_or_404(Mail, pk=pk), "html")
    return HttpResponse(html.replace("<head>", '<head><base target="_blank">', 1))


@login_not_required
@require_POST
def empty(request: HttpRequest) -> HttpResponse:
    """Throw all mails away."""
    Mail.objects.all().delete()
    return HttpResponseRedirect(reverse("sandbox_mailbox"))
