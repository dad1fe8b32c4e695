"""Subjects of all kinds: their rows, their identifiers, and the registry of the kinds' app parts."""
