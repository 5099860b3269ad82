from django.contrib import admin

from scheduling.admin.readonly import ReadOnlyAdmin
from scheduling.models import NextStep, PlanStep


@admin.register(PlanStep)
class PlanStepAdmin(ReadOnlyAdmin):
    list_display = ["position", "number", "event_type", "rule"]
    list_filter = ["position", "rule"]
    search_fields = ["position__title", "event_type__name"]


@admin.register(NextStep)
class NextStepAdmin(ReadOnlyAdmin):
    list_display = ["candidate", "event_type", "state", "send_at", "attempts", "problem"]
    list_filter = ["state"]
    search_fields = ["candidate__name", "candidate__email", "problem"]
