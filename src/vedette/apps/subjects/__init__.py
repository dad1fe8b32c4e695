"""Subjects of all kinds: their tables, their identifiers, and the
code of each kind that needs Django.
"""
