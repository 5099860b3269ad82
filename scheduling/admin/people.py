from django.contrib import admin

from scheduling.admin.readonly import ReadOnlyAdmin
from scheduling.models import Invitation, Preference


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Sent, renewed and withdrawn under Settings, People."""

    list_display = ["email", "name", "role", "invited_by", "created_at", "expires_at", "accepted_at", "withdrawn_at"]
    list_filter = ["role", "created_at"]
    search_fields = ["email", "name"]
    exclude = ["token_digest", "token_to_mail"]


@admin.register(Preference)
class PreferenceAdmin(ReadOnlyAdmin):
    """Chosen by each person under Settings, You."""

    list_display = ["user", "timezone", "clock", "shortcuts"]
    list_filter = ["clock", "shortcuts"]
    search_fields = ["user__email"]
