"""Calendly's authorisation server."""
