"""Subjects of all kinds: their rows, their identifiers, and the Django parts of the kinds."""
