"""Approvals by a second person, and emergency access (break glass)."""
