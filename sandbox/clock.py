"""The sandbox's now: the machine's clock, shifted by the control panel."""

from datetime import datetime, timedelta

from django.utils import timezone

from sandbox import options


def now() -> datetime:
    """Aware UTC; option `clock_offset_s` shifts it."""
    return timezone.now() + timedelta(seconds=float(options.read("clock_offset_s")))
