"""Queries whose shape never changes, written as SQL once: for one of many parts that takes far longer than asking it.

A query is built with a `Given` wherever a value is only known when it is asked.
"""

import contextlib
import hashlib
import itertools
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections
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
        if value is None:
            # Places for ids are left over, dozens on a page, and a null needs no field to prepare it.
            return None
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


class Statement:
    """SQL as Django wrote it, with its parameters or the places of those to come.

    One that `is_planned_once` PostgreSQL plans for a connection and not for every time, without knowing its values:
    planning a question of many parts takes longer than answering it. So it is for what has one good plan, whatever is
    given. Behind a pooler that hands connections from one to the next nothing can be kept; Django's
    `DISABLE_SERVER_SIDE_CURSORS` says so.
    """

    def __init__(self, sql: str, params: Iterable[Any], *, is_planned_once: bool) -> None:
        self._sql, self._params = sql, tuple(params)
        self._is_planned_once = is_planned_once and connection.vendor == "postgresql"
        if self._is_planned_once:
            connection.ensure_connection()
            numbers = itertools.count(1)
            marks = [f"${next(numbers)}" if isinstance(param, _Place) else _literal(param) for param in self._params]
            self._to_plan = sql % tuple(marks)
            # The same text is the same statement, however often it is written anew.
            self._name = f"anteroom_{hashlib.sha256(self._to_plan.encode()).hexdigest()[:32]}"

    def filled(self, given: dict[str, Any]) -> tuple[str, tuple[Any, ...]]:
        """What to execute on this thread's connection."""
        # The thread's own: the proxy looks it up each time a field asks it something, hundreds of times for a page.
        database = connections[DEFAULT_DB_ALIAS]
        if not self._is_planned_once or database.settings_dict["DISABLE_SERVER_SIDE_CURSORS"]:
            return self._sql, tuple(
                [param.filled(given, database) if isinstance(param, _Place) else param for param in self._params]
            )
        self._prepare()
        values = tuple(param.filled(given, database) for param in self._params if isinstance(param, _Place))
        places = f" ({', '.join(['%s'] * len(values))})" if values else ""
        return f"EXECUTE {self._name}{places}", values

    def _prepare(self) -> None:
        connection.ensure_connection()
        names = _PREPARED.setdefault(connection.connection, set())
        if self._name in names:
            return
        with connection.wrap_database_errors:
            connection.connection.execute(f"PREPARE {self._name} AS {self._to_plan}")
        names.add(self._name)


# By the driver's connection, which takes them with it.
_PREPARED: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


def _literal(value: Any) -> str:
    return connection.ops.compose_sql("%s", (value,))  # type: ignore[attr-defined, no-any-return]  # PostgreSQL's


class Compiled:
    """Queries built when they are first asked, all at once, and kept as SQL for the life of the process.

    `build` may depend on nothing but its `Given` values. Each query may have an order and a limit of its own, which the
    parts of a union may not. Rows come as tuples as the driver has them, so it is for keys, counts and words: moments
    and flags would need a field's hand. How many rows `counted` has is the last row. See `Statement` for
    `is_planned_once`.

    With `about` come, instead of the rows, the answers of these questions about them: SQL that knows them, found once,
    as `found` with these `columns`.
    """

    def __init__(
        self,
        build: "Callable[[], Iterable[QuerySet[Any, Any]]]",
        *,
        counted: "QuerySet[Any, Any] | None" = None,
        about: Sequence[str] = (),
        columns: Sequence[str] = (),
        is_planned_once: bool = False,
    ) -> None:
        self._build, self._counted, self._is_planned_once = build, counted, is_planned_once
        self._about, self._columns = about, columns
        self._statements: dict[str, Statement | None] = {}

    def ask(self, **given: Any) -> list[tuple[Any, ...]]:
        """Every row for these values, each named by a `Given` of the query."""
        if connection.vendor not in self._statements:
            self._statements[connection.vendor] = self._written()
        statement = self._statements[connection.vendor]
        if statement is None:
            return []
        sql, params = statement.filled(given)
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def _written(self) -> Statement | None:
        """The statement; None when no row could ever match."""
        parts, params = [], []
        for number, rows in enumerate(self._build()):
            with contextlib.suppress(EmptyResultSet):
                sql, of_part = rows.query.get_compiler(connection=connection).as_sql()
                parts.append(_part(number, sql))
                params += of_part
        if self._counted is not None:
            try:
                sql, of_part = self._counted.query.get_compiler(connection=connection).as_sql()
            except EmptyResultSet:
                parts.append("SELECT 0")
            else:
                parts.append(f"SELECT COUNT(*) FROM ({sql}) AS counted")  # noqa: S608  # likewise
                params += of_part
        if not parts:
            return None
        return Statement(self._questions(_joined(parts)), params, is_planned_once=self._is_planned_once)

    def _questions(self, sql: str) -> str:
        """What is asked about the rows, if it is not the rows themselves."""
        if not self._about:
            return sql
        found = f"found ({', '.join(self._columns)})"
        # To keep them costs a third of finding them; one question needs nothing kept.
        kept = "MATERIALIZED" if len(self._about) > 1 else "NOT MATERIALIZED"
        return f"WITH {found} AS {kept} ({sql}) {_joined(map(_part, itertools.count(), self._about))}"


def _part(number: int, sql: str) -> str:
    """A query as one of several, with an order and a limit of its own."""
    return f"SELECT * FROM ({sql}) AS part_{number}"  # noqa: S608  # Django's own


def _joined(parts: Iterable[str]) -> str:
    return " UNION ALL ".join(parts)


class CompiledRows(Generic[Row]):
    """The same for whole rows, with their relations to one and what is annotated of them; nothing is prefetched."""

    def __init__(self, build: "Callable[[], QuerySet[Row]]", *, is_planned_once: bool = False) -> None:
        self._build, self._is_planned_once = build, is_planned_once
        self._statements: dict[str, tuple[type[Row], SQLCompiler, Statement] | None] = {}

    def ask(self, **given: Any) -> list[Row]:
        """Every row for these values, each named by a `Given` of the query."""
        if connection.vendor not in self._statements:
            self._statements[connection.vendor] = self._written()
        written = self._statements[connection.vendor]
        if written is None:
            return []
        model, compiler, statement = written
        query: Any = _Query(compiler, *statement.filled(given))
        return list(QuerySet(model, query))

    def _written(self) -> "tuple[type[Row], SQLCompiler, Statement] | None":
        """What is asked; None when no row could ever match."""
        rows = self._build()
        compiler = rows.query.get_compiler(connection=connection)
        try:
            sql, params = compiler.as_sql()
        except EmptyResultSet:
            return None
        return rows.model, compiler, Statement(sql, params, is_planned_once=self._is_planned_once)


@dataclass(frozen=True)
class _Query:
    """Stands for a queryset's query, where all that is asked of it is to be run."""

    compiler: SQLCompiler
    sql: str
    params: tuple[Any, ...]

    def get_compiler(self, *_args: Any, **_options: Any) -> SQLCompiler:
        """One that knows its columns already, on this thread's connection."""
        ready: Any = copy(self.compiler)
        ready.connection = connections[DEFAULT_DB_ALIAS]
        ready.as_sql = lambda: (self.sql, self.params)
        return ready  # type: ignore[no-any-return]  # the same
