"""Entries that an officer records on a device without a network (field entries)."""
