"""Template tags of the kind "cash"."""
