"""Entries that devices make without a network."""
