"""vedette: an open targeting and cooperation platform for customs."""

__version__ = "0.1.0"
