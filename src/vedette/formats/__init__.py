"""Reads the EDIFACT syntax, dates and formats of messages, and the formats of watchlists (`lists`)."""
