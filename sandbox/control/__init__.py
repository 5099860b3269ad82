"""Steering the sandbox from outside: over JSON for tests, in a page for people (`hosted`)."""
