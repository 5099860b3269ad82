from django.urls import path

from sandbox.control import views

urlpatterns = [
    path("reset", views.reset),
    path("world", views.show_world),
    path("tokens", views.tokens),
    path("book", views.book),
    path("reschedule", views.reschedule),
    path("cancel", views.cancel),
    path("no-show", views.no_show),
    path("switches", views.switches),
    path("options", views.options),
    path("requests", views.requests),
    path("deliveries", views.deliveries),
    path("deliveries/<int:pk>/send", views.send),
    path("subscriptions", views.subscriptions),
]
