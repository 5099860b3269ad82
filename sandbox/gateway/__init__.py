"""A managed OAuth gateway in Maton's style, which keeps the grants of others and passes their calls to Calendly."""
