"""Compares subjects with watchlist entries, by name and by exact identifier, and computes the priority of
hits. The package uses neither Django nor the network nor a message format."""
