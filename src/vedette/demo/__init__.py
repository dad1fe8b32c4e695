"""Creates the users, lists, profiles and invented colleagues of the demonstration (`content`), and sends its
messages (`feed`).

`demo/world` generates synthetic data for the demonstration, the tests and the benchmarks, and does not use
Django.
"""
