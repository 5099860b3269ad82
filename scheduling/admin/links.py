from django.contrib import admin

from scheduling.admin.readonly import ReadOnlyAdmin
from scheduling.models import BookingLink, BookingRequest, CandidatePolicy, FormerReference


@admin.register(BookingLink)
class BookingLinkAdmin(ReadOnlyAdmin):
    """Whoever has the token or Calendly's address can book as the candidate, so neither is shown."""

    list_display = ["candidate", "event_type", "position", "created_at", "expires_at", "opened_at", "withdrawn_at"]
    list_filter = ["event_type", "created_at", "withdrawn_at"]
    list_select_related = ["candidate", "event_type", "position"]
    search_fields = ["candidate__name", "candidate__email", "reference", "event_type__name"]
    date_hierarchy = "created_at"
    exclude = ["token", "booking_url", "prefilled_url", "request_key"]


@admin.register(BookingRequest)
class BookingRequestAdmin(ReadOnlyAdmin):
    list_display = ["link", "starts_at", "state", "called_at", "created_by", "created_at"]
    list_filter = ["state", "created_at"]
    list_select_related = ["link__candidate", "link__event_type", "created_by"]
    search_fields = ["link__candidate__name", "link__candidate__email", "reference"]
    date_hierarchy = "created_at"


@admin.register(FormerReference)
class FormerReferenceAdmin(ReadOnlyAdmin):
    list_display = ["reference", "link", "replaced_at"]
    list_filter = ["replaced_at"]
    list_select_related = ["link__candidate", "link__event_type"]
    search_fields = ["reference", "link__candidate__name"]


@admin.register(CandidatePolicy)
class CandidatePolicyAdmin(ReadOnlyAdmin):
    list_display = ["books_in_place", "embeds", "heals", "max_moves", "cutoff_hours", "updated_by", "updated_at"]
    list_filter = ["books_in_place", "embeds", "heals"]
    list_select_related = ["updated_by"]
    search_fields = ["updated_by__email"]
