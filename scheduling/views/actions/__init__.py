"""POST actions: validate a form, call one service, redirect."""
