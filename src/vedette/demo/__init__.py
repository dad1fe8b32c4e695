"""The demonstration: its users, lists, profiles and invented colleagues (`content`), and its messages
(`feed`).

`demo/world` generates synthetic worlds. It uses no Django. The demonstration, the tests and the benchmarks
use it.
"""
