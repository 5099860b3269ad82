"""Calendly's grammar: its API, its OAuth, its deliveries. Knows nothing of Django or of our rows."""
