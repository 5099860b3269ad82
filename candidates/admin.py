from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from candidates import indexing
from candidates.models import Candidate, CandidateImport, ImportFile, ImportRow, Note, Position, Tag


@admin.register(Position)
class PositionAdmin(admin.ModelAdmin[Position]):
    list_display = ["title", "department", "location", "closed_at", "created_at"]
    list_filter = ["department", "location", "closed_at"]
    search_fields = ["title", "department", "location"]


@admin.register(Candidate)
class CandidateAdmin(admin.ModelAdmin[Candidate]):
    list_display = ["name", "email", "phone", "owner", "archived_at", "updated_at"]
    list_filter = ["archived_at", "positions", "tags", "owner"]
    list_select_related = ["owner"]
    search_fields = ["name", "email", "phone"]
    filter_horizontal = ["positions", "tags"]
    autocomplete_fields = ["owner"]

    def save_model(self, request: HttpRequest, obj: Candidate, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        indexing.index([obj])


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin[Tag]):
    list_display = ["name", "created_at"]
    list_filter = ["created_at"]
    search_fields = ["name"]


@admin.register(Note)
class NoteAdmin(admin.ModelAdmin[Note]):
    list_display = ["candidate", "author", "created_at", "edited_at", "deleted_at"]
    list_filter = ["created_at", "deleted_at"]
    list_select_related = ["candidate", "author"]
    search_fields = ["candidate__name", "candidate__email", "text"]
    autocomplete_fields = ["candidate", "author"]
    raw_id_fields = ["imported_by"]


class RecordAdmin(admin.ModelAdmin[Any]):
    """What an import did is read, not edited: undoing relies on it."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(CandidateImport)
class CandidateImportAdmin(RecordAdmin):
    list_display = ["name", "state", "row_count", "created_count", "updated_count", "rejected_count", "created_at"]
    list_filter = ["state", "created_at"]
    list_select_related = ["created_by"]
    search_fields = ["name", "created_by__email"]


@admin.register(ImportFile)
class ImportFileAdmin(RecordAdmin):
    list_display = ["pk", "import_of"]
    list_filter = ["import_of__state"]
    list_select_related = ["import_of"]
    search_fields = ["import_of__name"]
    exclude = ["content"]

    def get_queryset(self, request: HttpRequest) -> Any:
        # Files are large, and no page here shows them.
        return super().get_queryset(request).defer("content")


@admin.register(ImportRow)
class ImportRowAdmin(RecordAdmin):
    list_display = ["import_of", "number", "state", "problem", "candidate"]
    list_filter = ["state"]
    list_select_related = ["import_of", "candidate"]
    search_fields = ["import_of__name", "problem", "candidate__name"]
