from typing import Any

from django.db import models

from candidates.rules import without_direction
from candidates.words import sort_name


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


class SortNameField(models.BinaryField[bytes, bytes]):
    """What puts a row in its place by its `name`, set whenever that is saved with it: see `candidates.words.sort_name`.

    Bytes are in the same order on every database; a column of text is in that of its collation, which on SQLite has
    "de Vries" and "Émile" behind "Zoe".
    """

    def pre_save(self, model_instance: Any, add: bool) -> bytes:
        value = sort_name(model_instance.name)
        setattr(model_instance, self.attname, value)
        return value

    def deconstruct(self) -> Any:
        # The column is an ordinary one here too.
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.BinaryField", args, kwargs


class Folded(models.Func):
    """A text as lists are ordered by it: without accents and letter case, so that "api" and "Émile" stand where people
    look for them.

    For short lists, as no index has it; candidates keep their `sort_name`. SQLite asks Python (`candidates.apps`);
    PostgreSQL knows the case of letters beyond A to Z where its locale does.
    """

    function = "fold"
    output_field = models.TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **_extra: Any) -> Any:
        bare = "regexp_replace(normalize(%(expressions)s, NFKD), '[\u0300-\u036f]', '', 'g')"
        return self.as_sql(compiler, connection, template=f'(lower({bare}) COLLATE "C")')


def _harmless(value: Any) -> Any:
    return without_direction(value) if isinstance(value, str) else value
