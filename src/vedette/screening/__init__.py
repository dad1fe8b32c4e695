"""Finds hits for subjects: names, exact identifiers, risk profiles. No Django, no network, no message
formats."""
