"""The queries of assistance."""
