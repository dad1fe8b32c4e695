"""Template tags of goods."""
