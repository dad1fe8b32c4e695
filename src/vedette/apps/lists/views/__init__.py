"""Pages of watchlists, imports and lookouts."""
