"""Benchmarks of the library: judged queries, and the time of a search."""
