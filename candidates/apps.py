from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from candidates.words import fold


class CandidatesConfig(AppConfig):
    name = "candidates"

    def ready(self) -> None:
        connection_created.connect(_teach_to_fold)


def _teach_to_fold(connection: Any, **_signal: Any) -> None:
    """What `candidates.models.Folded` asks of SQLite."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("fold", 1, _folded, deterministic=True)


def _folded(text: str | None) -> str | None:
    """Nothing of nothing, as functions of SQL have it."""
    return None if text is None else fold(text)
