from django.urls import path

from sandbox.oauth import views

urlpatterns = [
    path("oauth/authorize", views.authorize),
    path("oauth/token", views.token),
    path("oauth/revoke", views.revoke),
    path("oauth/introspect", views.introspect),
]
