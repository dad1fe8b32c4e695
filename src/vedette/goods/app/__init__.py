"""The Django part of the kind of subject "goods"."""
