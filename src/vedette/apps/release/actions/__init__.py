"""Writes agreements, releases, receipts, sightings and recalls: one transaction each, with journal
entries.
"""
