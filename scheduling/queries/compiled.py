"""Queries whose shape never changes, written as SQL once: for one of many parts that takes far longer than asking it.

A query is built with a `Given` wherever a value is only known when it is asked.
"""

import contextlib
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DateTimeField, Expression, Field, Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class _Place:
    """Stands among a statement's parameters for a value to come."""

    name: str
    field: "Field[Any, Any]"
    offset: Any

    def filled(self, given: dict[str, Any], database: BaseDatabaseWrapper) -> Any:
        value = given[self.name]
        return self.field.get_db_prep_value(value if self.offset is None else value + self.offset, database)


class Given(Expression):
    """A value named now and given when the query is asked; a moment can be moved by a `timedelta`, bytes lengthened."""

    def __init__(self, name: str, output_field: "Field[Any, Any] | None" = None, *, offset: Any = None) -> None:
        super().__init__(output_field=output_field or DateTimeField())
        self.name, self.offset = name, offset

    def __add__(self, other: Any) -> Any:
        if isinstance(other, timedelta | bytes):
            return Given(self.name, self.output_field, offset=other if self.offset is None else self.offset + other)
        return super().__add__(other)

    def __sub__(self, other: Any) -> Any:
        return self + -other if isinstance(other, timedelta) else super().__sub__(other)

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        return "%s", (_Place(self.name, self.output_field, self.offset),)


# What a query is handed for "now": a moment, or the place of one.
Moment = datetime | Given


def _filled(params: Iterable[Any], given: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(param.filled(given, connection) if isinstance(param, _Place) else param for param in params)


class Compiled:
    """Queries built when they are first asked, all at once, and kept as SQL for the life of the process.

    `build` may depend on nothing but its `Given` values. Each query may have an order and a limit of its own, which the
    parts of a union may not. Rows come as tuples as the driver has them, so it is for keys, counts and words: moments
    and flags would need a field's hand. How many rows `counted` has is the last row.
    """

    def __init__(
        self, build: "Callable[[], Iterable[QuerySet[Any, Any]]]", *, counted: "QuerySet[Any, Any] | None" = None
    ) -> None:
        self._build, self._counted = build, counted
        self._statements: dict[str, tuple[str, tuple[Any, ...]] | None] = {}

    def ask(self, **given: Any) -> list[tuple[Any, ...]]:
        """Every row for these values, each named by a `Given` of the query."""
        if connection.vendor not in self._statements:
            self._statements[connection.vendor] = self._written()
        statement = self._statements[connection.vendor]
        if statement is None:
            return []
        sql, params = statement
        with connection.cursor() as cursor:
            cursor.execute(sql, _filled(params, given))
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def _written(self) -> tuple[str, tuple[Any, ...]] | None:
        """The statement; None when no row could ever match."""
        parts, params = [], []
        for number, rows in enumerate(self._build()):
            with contextlib.suppress(EmptyResultSet):
                sql, of_part = rows.query.get_compiler(connection=connection).as_sql()
                parts.append(f"SELECT * FROM ({sql}) AS part_{number}")  # noqa: S608  # Django's own
                params += of_part
        if self._counted is not None:
            try:
                sql, of_part = self._counted.query.get_compiler(connection=connection).as_sql()
            except EmptyResultSet:
                parts.append("SELECT 0")
            else:
                parts.append(f"SELECT COUNT(*) FROM ({sql}) AS counted")  # noqa: S608  # likewise
                params += of_part
        return (" UNION ALL ".join(parts), tuple(params)) if parts else None


class CompiledRows(Generic[Row]):
    """The same for whole rows, with their relations to one and what is annotated of them; nothing is prefetched."""

    def __init__(self, build: "Callable[[], QuerySet[Row]]") -> None:
        self._build = build
        self._statements: dict[str, tuple[type[Row], SQLCompiler, str, tuple[Any, ...]] | None] = {}

    def ask(self, **given: Any) -> list[Row]:
        """Every row for these values, each named by a `Given` of the query."""
        if connection.vendor not in self._statements:
            self._statements[connection.vendor] = self._written()
        statement = self._statements[connection.vendor]
        if statement is None:
            return []
        model, compiler, sql, params = statement
        query: Any = _Statement(compiler, sql, _filled(params, given))
        return list(QuerySet(model, query))

    def _written(self) -> "tuple[type[Row], SQLCompiler, str, tuple[Any, ...]] | None":
        """What is asked; None when no row could ever match."""
        rows = self._build()
        compiler = rows.query.get_compiler(connection=connection)
        try:
            sql, params = compiler.as_sql()
        except EmptyResultSet:
            return None
        return rows.model, compiler, sql, tuple(params)


@dataclass(frozen=True)
class _Statement:
    """Stands for a queryset's query, where all that is asked of it is to be run."""

    compiler: SQLCompiler
    sql: str
    params: tuple[Any, ...]

    def get_compiler(self, *_args: Any, **_options: Any) -> SQLCompiler:
        """One that knows its columns already, on this thread's connection."""
        ready: Any = copy(self.compiler)
        ready.connection = connection
        ready.as_sql = lambda: (self.sql, self.params)
        return ready  # type: ignore[no-any-return]  # the same
