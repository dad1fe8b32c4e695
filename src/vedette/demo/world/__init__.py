"""The generator of synthetic worlds for the demonstration, the tests and the benchmarks.

Everybody in them is invented. A world is deterministic from its seed and its parameters (`parameters`);
`weeks`, `day` and `bulk` are made by the same parties (`parties`) and signs (`signs`). Messages are
written by the product's own writers.
"""
