"""Risk profiles with their versions, results, backtests, and the values that they are evaluated on."""
