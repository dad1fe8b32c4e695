"""The statistics of cash."""
