"""The functions that change the directory, the officials of an agreement, and requests to other
administrations."""
