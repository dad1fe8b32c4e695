"""Processes received bytes to stored hits, for every kind of subject."""
