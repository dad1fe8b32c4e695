"""The EDIFACT syntax that message formats share, and the readers of watchlist formats (`lists`)."""
