"""Changes of the directory, of the officials of an instrument, and of requests to other administrations."""
