"""The demonstration: its users, lists, profiles and invented colleagues (`content`), and its messages
(`feed`).

`demo/world` is the generator of synthetic worlds: pure code without Django, used by the demonstration, the
tests and the benchmarks.
"""
