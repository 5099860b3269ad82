"""Pages for people; the two-part paths of booking pages come last."""

from django.urls import path

from sandbox.hosted import booking, changing, mailbox, panel, routing

urlpatterns = [
    path("", panel.panel, name="sandbox_panel"),
    path("panel/deliveries/<int:pk>/<str:act>/", panel.delivery_act, name="sandbox_delivery"),
    path("panel/switches/", panel.switch, name="sandbox_switch"),
    path("panel/options/", panel.option, name="sandbox_option"),
    path("mailbox/", mailbox.mailbox, name="sandbox_mailbox"),
    path("mailbox/greeting", mailbox.greeting),
    path("mailbox/empty", mailbox.empty, name="sandbox_mailbox_empty"),
    path("mailbox/<int:pk>", mailbox.mail, name="sandbox_mail"),
    path("mailbox/<int:pk>/html", mailbox.mail_html, name="sandbox_mail_html"),
    path("cancellations/<uuid:uuid>", changing.cancel, name="sandbox_cancel"),
    path("reschedulings/<uuid:uuid>", changing.reschedule, name="sandbox_reschedule"),
    path("invitees/<uuid:uuid>", changing.confirmation, name="sandbox_confirmation"),
    path("events/<uuid:uuid>/<str:kind>", changing.room, name="sandbox_room"),
    path("routing/<uuid:uuid>", routing.routing_form, name="sandbox_routing_form"),
    path("d/<str:code>/<str:slug>", booking.single_use, name="sandbox_single_use"),
    path("<str:owner>", booking.profile, name="sandbox_profile"),
    path("<str:owner>/<str:slug>", booking.public, name="sandbox_public"),
    path("<str:owner>/<str:slug>/<str:start>", booking.public, name="sandbox_public_slot"),
]
