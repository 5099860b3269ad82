from django.contrib import admin

from scheduling.admin.readonly import ReadOnlyAdmin
from scheduling.models import Batch, BatchItem


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    list_display = ["event_type", "created_by", "created_at", "stopped_at", "stop_reason"]
    list_filter = ["created_at", "event_type"]
    search_fields = ["event_type__name", "created_by__email"]


@admin.register(BatchItem)
class BatchItemAdmin(ReadOnlyAdmin):
    list_display = ["candidate", "batch", "state", "attempts", "problem"]
    list_filter = ["state"]
    search_fields = ["candidate__name", "candidate__email", "problem"]
