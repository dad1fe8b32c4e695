"""The queries about operations."""
