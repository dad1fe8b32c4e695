"""Pages of risk profiles."""
