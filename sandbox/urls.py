"""Everything below /sandbox/."""

from django.urls import include, path

urlpatterns = [
    path("api/", include("sandbox.api.urls")),
    path("auth/", include("sandbox.oauth.urls")),
    path("gateway/", include("sandbox.gateway.urls")),
    path("control/", include("sandbox.control.urls")),
    path("", include("sandbox.hosted.urls")),
]
