"""Benchmarks of the public cash form. `measures` contains the measurements, and `load` the process that sends
forms."""
