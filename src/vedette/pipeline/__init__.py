"""Processes received messages of every kind of subject, from their bytes to the stored hits."""
