from functools import partial

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from scheduling import tasks
from scheduling.admin.readonly import ReadOnlyAdmin
from scheduling.models import Delivery
from scheduling.services import inbox


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Deliveries with what became of them; "process again" is safe, because recording is idempotent."""

    list_display = ["received_at", "event", "state", "attempts", "next_try_at", "short_error"]
    list_filter = ["state", "event", "received_at"]
    search_fields = ["event", "error", "digest"]
    date_hierarchy = "received_at"
    fields = [
        "received_at",
        "subscription",
        "event",
        "state",
        "attempts",
        "next_try_at",
        "processed_at",
        "error",
        "body_text",
        "digest",
    ]
    actions = ["process_again"]

    @admin.display(description="error")
    def short_error(self, delivery: Delivery) -> str:
        return delivery.error[:120]

    @admin.display(description="body")
    def body_text(self, delivery: Delivery) -> str:
        return bytes(delivery.body).decode("utf-8", errors="replace")

    def has_process_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("scheduling.change_connection")

    @admin.action(description="Process again", permissions=["process"])
    def process_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        with transaction.atomic():
            count = inbox.process_again(queryset)
            for delivery_id in ids:
                transaction.on_commit(partial(tasks.wake, tasks.process_delivery, delivery_id))
        messages.success(request, f"{count} deliveries will be processed again.")
