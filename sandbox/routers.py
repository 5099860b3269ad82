from typing import Any

from django.db.models import Model


class SandboxRouter:
    """The sandbox's rows live in a database file of their own, everything else never does."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return "sandbox" if model._meta.app_label == "sandbox" else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return (db == "sandbox") == (app_label == "sandbox")
