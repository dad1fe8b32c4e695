"""Template tags and filters of the pages of travellers."""
