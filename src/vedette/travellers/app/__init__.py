"""Intake: messages in, and the spine of bookings, travellers and journeys."""
