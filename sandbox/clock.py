"""The sandbox's now: the machine's clock, shifted by the control panel."""

from datetime import datetime, timedelta

from django.utils import timezone

from sandbox.models import Option


def now() -> datetime:
    """Aware UTC; `Option` "clock_offset_s" shifts it."""
    return timezone.now() + timedelta(seconds=float(Option.read("clock_offset_s", "0")))
