"""Oversight by the data-protection officer: accesses to data, unusual accesses, statistics, and a
report.
"""
