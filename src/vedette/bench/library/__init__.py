"""Benchmarks of the library: the quality of the results of test queries, and the response time of a
search."""
