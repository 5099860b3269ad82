"""Has anything happened since a page was rendered?"""

import hashlib
from datetime import datetime

from django.db.models import Max

from scheduling.models import Connection, TimelineEntry


def version(now: datetime) -> str:
    """A stamp that changes when any live page may show something new.

    Time line entries are only ever added, so their newest id stands for all of them. The connection's progress and
    the minute (pages show "in 5 min") make the rest.
    """
    newest = TimelineEntry.objects.aggregate(newest=Max("pk"))["newest"] or 0
    progress = Connection.objects.values_list("state", "setup_due_at", "setup_error", "synced_at").order_by("pk")
    digest = hashlib.sha256(repr(list(progress)).encode()).hexdigest()[:12]
    return f"{newest}-{digest}-{now:%H%M}"
