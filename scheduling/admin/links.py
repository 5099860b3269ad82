from django.contrib import admin

from scheduling.admin.readonly import ReadOnlyAdmin
from scheduling.models import BookingLink


@admin.register(BookingLink)
class BookingLinkAdmin(ReadOnlyAdmin):
    """Whoever has the token or Calendly's address can book as the candidate, so neither is shown."""

    list_display = ["candidate", "event_type", "position", "created_at", "expires_at", "opened_at", "withdrawn_at"]
    list_filter = ["event_type", "created_at", "withdrawn_at"]
    list_select_related = ["candidate", "event_type", "position"]
    search_fields = ["candidate__name", "candidate__email", "reference", "event_type__name"]
    date_hierarchy = "created_at"
    exclude = ["token", "booking_url", "prefilled_url", "request_key"]
