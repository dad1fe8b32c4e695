"""Oversight for the data-protection officer: accesses to data, unusual accesses, statistics, the report."""
