from django.contrib import admin

from scheduling.admin.readonly import ReadOnlyAdmin, ReadOnlyInline
from scheduling.models import Attempt, AttemptAnswer, Interview, TimelineEntry


class AttemptInline(ReadOnlyInline):
    model = Attempt
    fields = ["starts_at", "status", "booked_at", "invitee_name", "invitee_email", "canceled_by", "was_rescheduled"]


@admin.register(Interview)
class InterviewAdmin(ReadOnlyAdmin):
    list_display = ["name", "candidate", "state", "starts_at", "position", "event_type"]
    list_filter = ["state", "event_type", "starts_at"]
    list_select_related = ["candidate", "position", "event_type"]
    search_fields = ["name", "candidate__name", "candidate__email", "attempts__invitee_email"]
    date_hierarchy = "starts_at"
    inlines = [AttemptInline]


class AnswerInline(ReadOnlyInline):
    model = AttemptAnswer


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ["event_name", "invitee_name", "invitee_email", "starts_at", "status", "booked_at"]
    list_filter = ["status", "was_rescheduled", "canceler_type"]
    search_fields = ["invitee_name", "invitee_email", "invitee_uri", "event_uri", "reference"]
    inlines = [AnswerInline]


@admin.register(AttemptAnswer)
class AttemptAnswerAdmin(ReadOnlyAdmin):
    list_display = ["attempt", "position", "question", "answer"]
    list_filter = ["position"]
    list_select_related = ["attempt"]
    search_fields = ["question", "answer", "attempt__invitee_email"]


@admin.register(TimelineEntry)
class TimelineEntryAdmin(ReadOnlyAdmin):
    list_display = ["happened_at", "kind", "candidate", "interview", "actor", "actor_name"]
    list_filter = ["kind", "happened_at"]
    list_select_related = ["candidate", "interview__candidate", "actor"]
    search_fields = ["candidate__name", "candidate__email", "detail", "actor_name"]
    date_hierarchy = "happened_at"
