from typing import Any

from django.db import models

from candidates.rules import without_direction


class NameField(models.CharField[str, str]):
    """A person's name, never with a character that turns the reading direction of what stands around it.

    It is left out on the way in, and on the way out too: rows may be older than that rule.
    """

    def to_python(self, value: Any) -> Any:
        return _harmless(super().to_python(value))

    def get_prep_value(self, value: Any) -> Any:
        return _harmless(super().get_prep_value(value))

    def from_db_value(self, value: Any, expression: object, connection: object) -> Any:
        return _harmless(value)

    def deconstruct(self) -> Any:
        # The column is an ordinary one; what is special happens here.
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


def _harmless(value: Any) -> Any:
    return without_direction(value) if isinstance(value, str) else value
