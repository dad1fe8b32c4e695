"""The demonstration: its users, lists, profiles and invented colleagues (`content`), and its messages
(`feed`).

`demo/world` generates synthetic worlds. `demo/world` uses no Django. The demonstration, the tests
and the benchmarks use `demo/world`.
"""
