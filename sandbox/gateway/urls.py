from django.urls import path

from sandbox.gateway import views

urlpatterns = [
    path("connections", views.connections),
    path("connections/<str:uuid>", views.connection),
    path("connect/<str:session>", views.connect, name="sandbox_gateway_connect"),
    path("calendly/<path:path>", views.calendly),
]
