"""Benchmarks of goods."""
