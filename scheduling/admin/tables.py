from django.contrib import admin

from scheduling.admin.readonly import ReadOnlyAdmin
from scheduling.models import BulkItem, BulkRun, SavedView


@admin.register(SavedView)
class SavedViewAdmin(ReadOnlyAdmin):
    list_display = ["name", "table", "owner", "is_shared", "query", "updated_at", "deleted_at"]
    list_filter = ["table", "is_shared", "deleted_at"]
    search_fields = ["name", "owner__email"]


@admin.register(BulkRun)
class BulkRunAdmin(ReadOnlyAdmin):
    list_display = ["act", "chosen", "created_by", "created_at", "stopped_at", "stop_reason"]
    list_filter = ["act", "created_at"]
    search_fields = ["chosen", "created_by__email"]


@admin.register(BulkItem)
class BulkItemAdmin(ReadOnlyAdmin):
    list_display = ["id", "run", "candidate", "link", "interview", "state", "attempts", "problem"]
    list_filter = ["state", "run__act"]
    list_select_related = ["run", "candidate", "link__event_type", "link__candidate", "interview__candidate"]
    search_fields = ["candidate__name", "link__candidate__name", "interview__candidate__name", "problem"]
    exclude = ["request_key"]
