"""Risk profiles: their versions, results and backtests, and the stored values of subjects on which
profiles are evaluated.
"""
