"""Risk profiles: their versions, results and backtests, and the stored values on which they are evaluated."""
