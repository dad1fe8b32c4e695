"""The question banks that are part of vedette. `example.toml` is an example, which each administration
adapts.
"""
