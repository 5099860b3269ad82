from django.contrib import admin

from scheduling.admin.readonly import ReadOnlyAdmin
from scheduling.models import CalendarWindow, SharedTimes


@admin.register(CalendarWindow)
class CalendarWindowAdmin(ReadOnlyAdmin):
    list_display = ["key", "connection", "read_at", "problem", "wanted_at", "changed_at"]
    list_filter = ["kind", "problem"]
    list_select_related = ["connection"]
    search_fields = ["key", "interviewer__name", "event_type__name"]
    exclude = ["claim"]


@admin.register(SharedTimes)
class SharedTimesAdmin(ReadOnlyAdmin):
    """Whoever has the token can book with the candidate's name filled in, so it is not shown."""

    list_display = ["event_type", "link", "created_at", "expires_at", "withdrawn_at", "created_by"]
    list_filter = ["created_at", "withdrawn_at"]
    list_select_related = ["event_type", "link__candidate", "link__event_type", "created_by"]
    search_fields = ["event_type__name", "link__candidate__name", "link__candidate__email"]
    exclude = ["token", "request_key"]
