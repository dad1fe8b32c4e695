"""Risk profiles with their versions, results and backtests, and the values on which profiles are
evaluated."""
