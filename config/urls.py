"""The address space; every path outside tools rely on is listed in docs/architecture.md."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from scheduling.views.pages.people import own_address

admin.site.site_header = admin.site.site_title = "Anteroom administration"
# One sign-in page for everyone, with its rate limits.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("admin/", admin.site.urls),
    # In front of allauth's page of the same address.
    path("accounts/email/", own_address),
    path("accounts/", include("allauth.urls")),
    path("", include("candidates.urls")),
    path("", include("scheduling.urls")),
]
if settings.CALENDLY_SANDBOX:
    urlpatterns.append(path("sandbox/", include("sandbox.urls")))
