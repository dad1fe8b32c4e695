"""Code lists and their look-up: facts with their source."""
