"""Contains risk profiles with their versions, results and backtests. The package also contains the stored
values of subjects on which profiles are evaluated.
"""
