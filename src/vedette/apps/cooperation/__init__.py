"""Cooperation between administrations: the directory of contacts, and requests for mutual assistance."""
