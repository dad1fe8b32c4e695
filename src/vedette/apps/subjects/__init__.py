"""Subjects: what gets screened, whatever its kind."""
