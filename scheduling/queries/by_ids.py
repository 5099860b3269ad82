"""What is shown of some rows that were found by their ids, asked with SQL that is written once for so many."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, BooleanField, CharField, Field, Func, Model, QuerySet, Subquery, Value
from django.db.models.expressions import Col, Combinable
from django.db.models.sql.compiler import SQLCompiler

from scheduling.queries.compiled import Compiled, CompiledRows, Given

Row = TypeVar("Row", bound=Model)
Found = TypeVar("Found")
# A statement asks for so many; fewer ids leave the rest of its places empty, more are asked for in turn.
SIZES = (10, 25, 50, 100, 200, 500)
# One `Given` for each id; lookups do not know that they take them.
Places = list[Any]


def size(count: int) -> int:
    """How many places a statement for so many ids has."""
    return next(size for size in SIZES if size >= count)


def places(count: int, *, of: str = "id") -> Places:
    """Places for so many ids; `of` tells them from others in the same query."""
    return [Given(f"{of}_{place}", BigIntegerField()) for place in range(count)]


def values(ids: Sequence[int], count: int, *, of: str = "id") -> dict[str, int | None]:
    """The ids for these places; what is left over is null, which no row has."""
    return {f"{of}_{place}": ids[place] if place < len(ids) else None for place in range(count)}


class Asked(Protocol[Found]):
    """`Compiled` or `CompiledRows`."""

    def ask(self, **given: Any) -> list[Found]: ...


class ByIds(Protocol[Found]):
    """What is known of rows with these ids, in no order; one query for five hundred, none for none."""

    def __call__(self, ids: Sequence[int], **given: Any) -> list[Found]: ...


def rows_by_ids(build: "Callable[[Places], QuerySet[Row]]") -> ByIds[Row]:
    """A question for whole rows; `build` is handed the places of the ids."""
    return _by_ids(lambda ids: CompiledRows(lambda: build(ids), is_planned_once=True))


def tuples_by_ids(build: "Callable[[Places], Iterable[QuerySet[Any, Any]]]") -> ByIds[tuple[Any, ...]]:
    """A question for columns, perhaps of several queries."""
    return _by_ids(lambda ids: Compiled(lambda: build(ids), is_planned_once=True))


def _by_ids(written: Callable[[Places], Asked[Found]]) -> ByIds[Found]:
    kept: dict[int, Asked[Found]] = {}

    def ask(ids: Sequence[int], **given: Any) -> list[Found]:
        found: list[Found] = []
        for start in range(0, len(ids), SIZES[-1]):
            part = ids[start : start + SIZES[-1]]
            enough = size(len(part))
            if enough not in kept:
                kept[enough] = written(places(enough))
            found += kept[enough].ask(**values(part, enough), **given)
        return found

    return ask


def in_order(rows: Iterable[Row], ids: Iterable[int]) -> list[Row]:
    """The rows as their ids stand; those that are gone meanwhile are left out."""
    by_id = {row.pk: row for row in rows}
    return [by_id[pk] for pk in ids if pk in by_id]


class Ids(Field[Any, Any]):
    """Many ids as one value: an array for PostgreSQL, JSON for SQLite. As a parameter each they would take longer to
    pass than their rows to read."""

    def get_db_prep_value(self, value: Iterable[int], connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        # In their order, for the pages of a table are then read once each.
        ids = sorted(value)
        return ids if connection.vendor == "postgresql" else json.dumps(ids)


class Among(Func):
    """Whether a column holds one of these ids, or of those given by this name when it is asked."""

    output_field = BooleanField()
    template, arg_joiner = "%(expressions)s)", " = ANY("

    def __init__(self, column: str, ids: Sequence[int] | str) -> None:
        self.has_none = not ids
        super().__init__(column, Given(ids, Ids()) if isinstance(ids, str) else Value(ids, Ids()))

    def as_sql(self, *args: Any, **extra: Any) -> Any:
        if self.has_none:
            # As Django says it, so that what stands beside it in an "or" is asked alone.
            raise EmptyResultSet
        return super().as_sql(*args, **extra)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        words = {"template": "%(expressions)s))", "arg_joiner": " IN (SELECT value FROM json_each("}
        return self.as_sql(compiler, connection, **words, **extra)


class AmongRows(Func):
    """Whether a column holds one of the ids that others name, a queryset of ids: those are read first, and what the
    column says is then looked up for each, however many the database expects."""

    output_field = BooleanField()
    template, arg_joiner = "%(expressions)s))", " = ANY(ARRAY("

    def __init__(self, column: str, ids: "QuerySet[Any, Any]") -> None:
        super().__init__(column, _Bare(ids))

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="%(expressions)s)", arg_joiner=" IN (", **extra)


class _NoIndex(Func):
    """A column as it is, to which SQLite applies no index."""

    template, arity = "%(expressions)s", 1

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="+%(expressions)s", **extra)


def looked_up(rows: "QuerySet[Row]") -> "QuerySet[Row]":
    """The same rows, to be looked up by what is asked of them next: SQLite, which knows no numbers, would rather read
    all of a state than look up a hundred."""
    plain: QuerySet[Row] = rows.all()
    table = rows.model._meta.db_table
    # Not `get_col`: of a relation it is of the other's type, and none that a condition has.
    columns = [Col(table, field) for field in rows.model._meta.concrete_fields]
    replaced = {column: _NoIndex(column, output_field=column.output_field) for column in columns}
    plain.query.where = plain.query.where.replace_expressions(replaced)
    return plain


class _Bare(Subquery):
    """Without parentheses of its own: within others they would make one value of it."""

    template = "%(subquery)s"
    # Nobody, so that what stands beside it in an "or" is asked alone; not a null.
    empty_result_set_value = NotImplemented


class Names:
    """What rows have in relations to many, as words."""

    def __init__(self, relations: "Mapping[str, tuple[QuerySet[Any], str, Combinable]]") -> None:
        """By the name rows will have it under: rows between the two, in the order of the names, their relation to the
        row, and what names the other."""
        self._relations = relations
        self._ask = tuples_by_ids(self._parts)

    def give(self, rows: Sequence[Model]) -> None:
        """Set the lists on each row; one query."""
        by_id = {row.pk: row for row in rows}
        for row in rows:
            for name in self._relations:
                setattr(row, name, [])
        for name, pk, words in self._ask(list(by_id)):
            getattr(by_id[pk], name).append(words)

    def _parts(self, ids: Places) -> "Iterable[QuerySet[Any, Any]]":
        for name, (between, relation, words) in self._relations.items():
            # The key's own lookup, for that of a relation takes no places.
            named = between.filter(**{f"{relation}__pk__in": ids})
            told = named.annotate(of=Value(name, output_field=CharField()), words=words)
            yield told.values_list("of", relation, "words")
