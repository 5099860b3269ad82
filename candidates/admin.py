from django.contrib import admin

from candidates.models import Candidate, Position


@admin.register(Position)
class PositionAdmin(admin.ModelAdmin[Position]):
    list_display = ["title", "department", "location", "closed_at", "created_at"]
    list_filter = ["department", "location", "closed_at"]
    search_fields = ["title", "department", "location"]


@admin.register(Candidate)
class CandidateAdmin(admin.ModelAdmin[Candidate]):
    list_display = ["name", "email", "phone", "owner", "archived_at", "updated_at"]
    list_filter = ["archived_at", "positions", "owner"]
    list_select_related = ["owner"]
    search_fields = ["name", "email", "phone"]
    filter_horizontal = ["positions"]
    autocomplete_fields = ["owner"]
