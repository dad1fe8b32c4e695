"""Targeting: hits, their reasons, and the decisions of officers."""
