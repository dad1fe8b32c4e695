"""Keeping the house running: limits on rates, health, metrics."""
