"""What Calendly does inside: slots, bookings, links and the deliveries they cause."""
