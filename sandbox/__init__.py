"""A Calendly to run without Calendly: for the demo and for every test. It speaks only HTTP with the desk."""
