"""The address space; every path outside tools rely on is listed in docs/architecture.md."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("candidates.urls")),
    path("", include("scheduling.urls")),
]
if settings.CALENDLY_SANDBOX:
    urlpatterns.append(path("sandbox/", include("sandbox.urls")))
