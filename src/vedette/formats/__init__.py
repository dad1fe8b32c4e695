"""Reads messages and watchlists. The package contains the EDIFACT syntax, the parsing of dates, the registry
of formats, and the watchlist readers (`lists`)."""
