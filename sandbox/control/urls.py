from django.urls import path

from sandbox.control import histories, steering, views

urlpatterns = [
    path("reset", views.reset),
    path("world", views.show_world),
    path("tokens", views.tokens),
    path("book", views.book),
    path("play", histories.play),
    path("fill", histories.fill),
    path("submit-form", views.submit_form),
    path("reschedule", views.reschedule),
    path("cancel", views.cancel),
    path("no-show", views.no_show),
    path("switches", views.switches),
    path("options", views.options),
    path("requests", views.requests),
    path("deliveries", views.deliveries),
    path("deliveries/clear", steering.clear_deliveries),
    path("deliveries/<int:pk>/send", views.send),
    path("courier", steering.send_all),
    path("event-type", steering.change_event_type),
    path("revoke", steering.revoke),
    path("mails", steering.mails),
    path("gateway-keys", steering.gateway_keys),
    path("subscriptions", views.subscriptions),
]
