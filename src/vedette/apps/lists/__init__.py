"""Watchlists with their versions and entries, and lookouts."""
