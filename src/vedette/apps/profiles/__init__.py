"""Contains risk profiles with their versions, results and backtests. Also contains the stored values of
subjects on which profiles are evaluated.
"""
