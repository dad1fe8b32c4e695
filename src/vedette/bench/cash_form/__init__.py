"""Benchmarks of the public cash form: `measures` contains what is measured, and `load` the process that sends
forms."""
