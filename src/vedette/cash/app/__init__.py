"""The Django part of the kind "cash"."""
