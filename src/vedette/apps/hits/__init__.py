"""Hits, their reasons, and the decisions of officers."""
