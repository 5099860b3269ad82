"""Calendly's REST API."""
