from django.contrib import admin

from scheduling.admin.readonly import ReadOnlyAdmin, ReadOnlyInline
from scheduling.models import Connection, EventType, EventTypeQuestion, Interviewer, LinkClaim, Subscription


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin):
    """Tokens are left out: not even their encrypted form is shown."""

    list_display = ["name", "email", "role", "state", "connected_at", "synced_at", "setup_error"]
    list_filter = ["state", "role"]
    search_fields = ["name", "email", "user_uri"]
    exclude = ["access_token", "refresh_token"]


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    """The key is part of the address deliveries come in by, so it is left out with the address."""

    list_display = ["connection", "scope", "state", "created_at", "uri"]
    list_filter = ["state", "scope"]
    search_fields = ["uri", "connection__name"]
    exclude = ["key", "callback_url"]


@admin.register(Interviewer)
class InterviewerAdmin(ReadOnlyAdmin):
    list_display = ["name", "email", "role", "timezone", "is_member"]
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
