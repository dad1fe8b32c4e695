"""A synthetic world for the demo, the tests and the benchmarks. Everybody in it is invented.

Deterministic from a seed. It writes genuine messages through the product's own writers, so that
the demo shows the product at work and not a picture of it.
"""

from .world import World, WorldMessage

__all__ = ["World", "WorldMessage"]
