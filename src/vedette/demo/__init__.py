"""The demonstration: its logins, lists and profiles, invented colleagues, and the feed of messages.

`demo/world` is the generator of synthetic worlds: pure code without Django, used by the demonstration,
the tests and the benchmarks.
"""
