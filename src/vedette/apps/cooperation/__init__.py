"""Cooperation between administrations: the directory of contacts."""
