"""Addresses of rows' pages. Django works out an address anew each time, and a list has dozens."""

from functools import lru_cache

from django.urls import reverse


def of_row(name: str, pk: int) -> str:
    """The address of this name whose one argument is a row's id; the same as `reverse`."""
    before, after = _around(name)
    return f"{before}{pk}{after}"


@lru_cache
def _around(name: str) -> tuple[str, str]:
    """What stands before and after the id."""
    before, after = reverse(name, args=[0]).split("/0/")
    return f"{before}/", f"/{after}"
