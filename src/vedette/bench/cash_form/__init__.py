"""Benchmarks of the public cash form. `measures` contains the measurements, and `load` contains the process
that sends the forms."""
