"""Knowledge: watchlists, their versions and entries, lookouts."""
