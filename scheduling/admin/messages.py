from django.contrib import admin

from scheduling.admin.readonly import ReadOnlyAdmin
from scheduling.models import Message, MessageTemplate


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ReadOnlyAdmin):
    """Edited under Settings, Messages, where the variables are checked."""

    list_display = ["kind", "subject", "updated_by", "updated_at"]
    list_filter = ["kind"]
    search_fields = ["subject", "body"]


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """What is written in it holds the candidate's link, so it is not shown."""

    list_display = ["kind", "to", "state", "attempts", "error", "created_at", "sent_at"]
    list_filter = ["state", "kind", "created_at"]
    search_fields = ["to", "candidate__name", "error", "message_id"]
    date_hierarchy = "created_at"
    exclude = ["text", "html"]
