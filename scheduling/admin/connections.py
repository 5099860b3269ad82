from django.contrib import admin

from scheduling.admin.readonly import ReadOnlyAdmin, ReadOnlyInline
from scheduling.models import (
    Connection,
    EventSnapshot,
    EventType,
    EventTypeQuestion,
    Interviewer,
    LinkClaim,
    RateWindow,
    RoutingForm,
    RoutingSubmission,
    Subscription,
    SyncRun,
)


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin):
    """Tokens are left out: not even their encrypted form is shown."""

    list_display = ["name", "email", "kind", "role", "state", "connected_at", "synced_at", "setup_error"]
    list_filter = ["state", "kind", "role"]
    search_fields = ["name", "email", "user_uri"]
    exclude = ["access_token", "refresh_token"]


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    """The key is part of the address deliveries come in by, so it is left out with the address."""

    list_display = ["connection", "scope", "state", "created_at", "uri"]
    list_filter = ["state", "scope"]
    search_fields = ["uri", "connection__name"]
    exclude = ["key", "callback_url", "signing_key"]


@admin.register(Interviewer)
class InterviewerAdmin(ReadOnlyAdmin):
    list_display = ["name", "email", "role", "timezone", "is_member", "max_per_day", "max_per_week"]
    list_filter = ["is_member", "role"]
    search_fields = ["name", "email"]


class QuestionInline(ReadOnlyInline):
    model = EventTypeQuestion


@admin.register(EventType)
class EventTypeAdmin(ReadOnlyAdmin):
    list_display = ["name", "duration_min", "kind", "pooling", "owner_name", "is_active", "updated_at"]
    list_filter = ["is_active", "kind", "pooling"]
    search_fields = ["name", "slug", "owner_name"]
    inlines = [QuestionInline]


@admin.register(EventTypeQuestion)
class EventTypeQuestionAdmin(ReadOnlyAdmin):
    list_display = ["text", "event_type", "answer_type", "position", "is_required"]
    list_filter = ["answer_type", "is_required"]
    search_fields = ["text", "event_type__name"]


@admin.register(LinkClaim)
class LinkClaimAdmin(ReadOnlyAdmin):
    """A claim that stays here belongs to a process that died; the next try takes it over."""

    list_display = ["request_key", "claimed_at"]
    list_filter = ["claimed_at"]
    search_fields = ["request_key"]


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    list_display = ["connection", "kind", "started_at", "finished_at", "events_read", "invitees_read", "drift", "error"]
    list_filter = ["kind", "finished_at"]
    search_fields = ["connection__name", "error"]


@admin.register(EventSnapshot)
class EventSnapshotAdmin(ReadOnlyAdmin):
    list_display = ["uri", "starts_at", "digest"]
    list_filter = ["starts_at"]
    search_fields = ["uri"]


@admin.register(RateWindow)
class RateWindowAdmin(ReadOnlyAdmin):
    list_display = ["key", "calls"]
    list_filter = ["key"]
    search_fields = ["key"]


@admin.register(RoutingForm)
class RoutingFormAdmin(ReadOnlyAdmin):
    list_display = ["name", "connection", "is_published", "updated_at"]
    list_filter = ["is_published"]
    search_fields = ["name"]


@admin.register(RoutingSubmission)
class RoutingSubmissionAdmin(ReadOnlyAdmin):
    list_display = ["submitted_at", "candidate", "email", "led_to"]
    list_filter = ["submitted_at"]
    search_fields = ["email", "candidate__name"]
