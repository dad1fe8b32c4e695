"""The generator of synthetic worlds for the demonstration, the tests and the benchmarks.

All people in them are invented. A world is deterministic from its seed and its parameters (`parameters`).
`weeks`, `day` and `bulk` use the same parties (`parties`) and signs (`signs`). The product's own writers
write the messages.
"""
