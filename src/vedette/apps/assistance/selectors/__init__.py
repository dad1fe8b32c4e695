"""The queries about assistance."""
