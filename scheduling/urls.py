"""Addresses of the desk. GET pages live in views/pages, POST actions in views/actions."""

from django.urls import URLPattern, path, re_path

from scheduling.views import health, webhooks, zones
from scheduling.views.actions import access as access_actions
from scheduling.views.actions import batches as batch_actions
from scheduling.views.actions import bulk as bulk_actions
from scheduling.views.actions import cancellations as cancellation_actions
from scheduling.views.actions import candidates as candidate_actions
from scheduling.views.actions import connections as connection_actions
from scheduling.views.actions import interviews as interview_actions
from scheduling.views.actions import links as link_actions
from scheduling.views.pages import (
    access,
    availability,
    batches,
    booking,
    candidates,
    connections,
    interviews,
    links,
    today,
)

urlpatterns: list[URLPattern] = [
    path("", today.today, name="today"),
    path("candidates/", candidates.candidate_list, name="candidate_list"),
    path("candidates/new/", candidate_actions.new, name="candidate_new"),
    path("candidates/<int:pk>/edit/", candidate_actions.edit, name="candidate_edit"),
    path("candidates/<int:pk>/", candidates.candidate, name="candidate"),
    path("candidates/<int:pk>/links/", link_actions.create, name="link_create"),
    path("candidates/<int:pk>/archive/", candidate_actions.archive, name="candidate_archive"),
    path("candidates/<int:pk>/restore/", candidate_actions.restore, name="candidate_restore"),
    path("interviews/", interviews.interview_list, name="interview_list"),
    path("interviews/cancel/undo/", cancellation_actions.undo, name="cancel_undo"),
    path("interviews/chosen/<str:act>/", interviews.chosen, name="interviews_chosen"),
    path("interviews/chosen/cancel/all/", bulk_actions.cancel, name="chosen_cancel"),
    path("interviews/chosen/no-show/all/", bulk_actions.mark_no_show, name="chosen_no_show"),
    path("interviews/chosen/held/all/", bulk_actions.mark_held, name="chosen_held"),
    path("interviews/unmatched/", interviews.unmatched, name="unmatched"),
    path("interviews/<int:pk>/", interviews.interview, name="interview"),
    path("interviews/<int:pk>/cancel/", cancellation_actions.cancel, name="interview_cancel"),
    path("interviews/<int:pk>/cancel/again/", cancellation_actions.cancel_again, name="interview_cancel_again"),
    path("interviews/<int:pk>/no-show/", interview_actions.mark_no_show, name="no_show_mark"),
    path("interviews/<int:pk>/no-show/undo/", interview_actions.undo_no_show, name="no_show_undo"),
    path("interviews/<int:pk>/interviewer-no-show/", interview_actions.mark_interviewer_no_show, name="absence_mark"),
    path(
        "interviews/<int:pk>/interviewer-no-show/undo/",
        interview_actions.undo_interviewer_no_show,
        name="absence_undo",
    ),
    path("interviews/<int:pk>/held/", interview_actions.mark_held, name="held_mark"),
    path("interviews/<int:pk>/held/undo/", interview_actions.undo_held, name="held_undo"),
    path("interviews/<int:pk>/attach/", interview_actions.attach, name="interview_attach"),
    path("interviews/<int:pk>/make-candidate/", interview_actions.make_candidate, name="interview_make_candidate"),
    path("links/", links.link_list, name="link_list"),
    path("links/<int:pk>/withdraw/", link_actions.withdraw, name="link_withdraw"),
    path("links/batches/new/", batches.new, name="batch_new"),
    path("links/batches/create/", batch_actions.create, name="batch_create"),
    path("links/batches/<int:pk>/", batches.batch, name="batch"),
    path("links/batches/<int:pk>/stop/", batch_actions.stop, name="batch_stop"),
    path("links/batches/<int:pk>/resume/", batch_actions.resume, name="batch_resume"),
    path("availability/", availability.availability, name="availability"),
    path("settings/", connections.settings_index, name="settings"),
    path("settings/calendly/", connections.calendly, name="calendly_settings"),
    path("settings/calendly/token/", access.token_form, name="calendly_token"),
    path("settings/calendly/token/connect/", access_actions.connect_by_token, name="calendly_token_connect"),
    path("settings/calendly/gateway/", access.gateway_page, name="calendly_gateway"),
    path("settings/calendly/gateway/key/", access_actions.gateway_key, name="calendly_gateway_key"),
    path("settings/calendly/gateway/create/", access_actions.gateway_create, name="calendly_gateway_create"),
    path("settings/calendly/gateway/delete/", access_actions.gateway_delete, name="calendly_gateway_delete"),
    path("settings/calendly/gateway/use/", access_actions.gateway_use, name="calendly_gateway_use"),
    path("settings/calendly/deliveries/", connections.delivery_list, name="delivery_list"),
    path("settings/calendly/deliveries/again/", connection_actions.process_failed_again, name="deliveries_again"),
    path("settings/calendly/deliveries/<int:pk>/", connections.delivery, name="delivery"),
    path(
        "settings/calendly/deliveries/<int:pk>/again/",
        connection_actions.process_delivery_again,
        name="delivery_again",
    ),
    path("settings/calendly/<int:pk>/disconnect/", connection_actions.disconnect, name="calendly_disconnect"),
    path("settings/calendly/<int:pk>/sync/", connection_actions.sync, name="calendly_sync"),
    path("settings/calendly/<int:pk>/compare/", connection_actions.compare, name="calendly_compare"),
    path("settings/calendly/<int:pk>/resubscribe/", connection_actions.resubscribe, name="calendly_resubscribe"),
    path("settings/calendly/<int:pk>/examine/", connection_actions.examine, name="calendly_examine"),
    path("settings/zone/", zones.choose_zone, name="choose_zone"),
    path("b/<str:token>/", booking.booking, name="booking"),
    path("b/<str:token>/opened/", booking.opened, name="booking_opened"),
    path("b/<str:token>/continue/", booking.continue_to_calendly, name="booking_continue"),
    re_path("^b/", booking.nowhere),
    path("webhooks/calendly/<str:key>/", webhooks.calendly, name="calendly_webhook"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
