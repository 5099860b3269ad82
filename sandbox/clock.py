"""The sandbox's now: the machine's clock, shifted by the control panel."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.utils import timezone

from sandbox import options


def now() -> datetime:
    """Aware UTC; option `clock_offset_s` shifts it."""
    return timezone.now() + timedelta(seconds=float(options.read("clock_offset_s")))


@contextmanager
def before(start: datetime) -> Iterator[None]:
    """For a start that is past, let it be the day before meanwhile: what was done then had not happened yet."""
    offset_s = float(options.read("clock_offset_s"))
    if start > now():
        yield
        return
    options.write("clock_offset_s", str((start - timedelta(days=1) - timezone.now()).total_seconds()))
    try:
        yield
    finally:
        options.write("clock_offset_s", str(offset_s))
