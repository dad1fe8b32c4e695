"""Generates synthetic data sets (worlds) for the demonstration, the tests and the benchmarks.

A world is a set of generated flights, travellers and messages. All people in a world are invented. The seed
and the parameters (`parameters`) determine a world completely. The modules `weeks`, `day` and `bulk` use the
same groups of travellers (`parties`) and the same signs of risk (`signs`). The messages are written by the
modules of vedette that write message formats.
"""
