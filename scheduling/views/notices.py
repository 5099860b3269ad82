"""Notices that offer to take back what they tell of."""

from django.contrib import messages
from django.http import HttpRequest


def done(request: HttpRequest, words: str, *, undo: str) -> None:
    """Say on the next page what was done, with a button that posts to `undo`."""
    # A message keeps nothing of its own but words and tags.
    messages.success(request, words, extra_tags=undo)
