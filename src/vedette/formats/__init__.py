"""Reads messages (EDIFACT syntax, dates, registry of formats) and watchlists (`lists`)."""
