"""Paths of the REST API; none ends in a slash."""

from django.urls import path

from sandbox.api import availability, event_types, events, people, webhooks
from sandbox.api.operation import dispatch

urlpatterns = [
    path("users/me", dispatch(GET=people.me)),
    path("users/<str:uuid>", dispatch(GET=people.user)),
    path("organizations/<str:uuid>", dispatch(GET=people.organization)),
    path("organization_memberships", dispatch(GET=people.memberships)),
    path("organization_memberships/<str:uuid>", dispatch(GET=people.membership)),
    path("event_types", dispatch(GET=event_types.event_types)),
    path("event_types/<str:uuid>", dispatch(GET=event_types.event_type)),
    path("event_type_memberships", dispatch(GET=event_types.hosts)),
    path("event_type_available_times", dispatch(GET=availability.available_times)),
    path("event_type_availability_schedules", dispatch(GET=availability.event_type_schedules)),
    path("user_busy_times", dispatch(GET=availability.busy_times)),
    path("user_availability_schedules", dispatch(GET=availability.schedules)),
    path("user_availability_schedules/<str:uuid>", dispatch(GET=availability.schedule)),
    path("scheduled_events", dispatch(GET=events.events)),
    path("scheduled_events/<str:uuid>", dispatch(GET=events.event)),
    path("scheduled_events/<str:uuid>/cancellation", dispatch(POST=events.cancel)),
    path("scheduled_events/<str:uuid>/invitees", dispatch(GET=events.invitees)),
    path("scheduled_events/<str:uuid>/invitees/<str:invitee_uuid>", dispatch(GET=events.invitee)),
    path("invitee_no_shows", dispatch(POST=events.mark_no_show)),
    path("invitee_no_shows/<str:uuid>", dispatch(GET=events.no_show, DELETE=events.unmark_no_show)),
    path("scheduling_links", dispatch(POST=event_types.create_link)),
    path("webhook_subscriptions", dispatch(GET=webhooks.listing, POST=webhooks.create)),
    path("webhook_subscriptions/<str:uuid>", dispatch(GET=webhooks.get, DELETE=webhooks.delete)),
    path("sample_webhook_data", dispatch(GET=webhooks.sample)),
]
