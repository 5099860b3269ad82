from django.contrib import admin

from scheduling.admin.readonly import ReadOnlyAdmin
from scheduling.models import CancelRequest


@admin.register(CancelRequest)
class CancelRequestAdmin(ReadOnlyAdmin):
    list_display = ["interview", "side", "state", "created_by", "created_at", "act_at", "attempts", "error"]
    list_filter = ["state", "side", "found_canceled", "created_at"]
    list_select_related = ["interview__candidate", "created_by"]
    search_fields = ["interview__candidate__name", "interview__candidate__email", "reason", "error"]
