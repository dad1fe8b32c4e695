"""Writes agreements, releases, confirmations of receipt, sightings and recalls. Each action uses one
transaction and writes journal entries.
"""
