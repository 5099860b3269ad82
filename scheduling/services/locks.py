"""Locks on names that need not be rows yet, held to the end of the transaction."""

import hashlib
from collections.abc import Iterable

from django.db import connection, transaction


def hold(names: Iterable[str]) -> None:
    """Wait until no other transaction holds any of these names; call inside `transaction.atomic`.

    The two halves of a reschedule name each other, so two workers that hold the names they know never both start the
    same story. SQLite needs nothing: an IMMEDIATE transaction already is the only writer.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("locks.hold needs a transaction")
    if connection.vendor != "postgresql":
        return
    # Sorted, so that two transactions cannot wait for each other.
    keys = sorted({int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True) for name in names})
    with connection.cursor() as cursor:
        for key in keys:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
