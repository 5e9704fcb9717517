"""One record, ten rooms: the platform for a network of emergency control rooms that stand in for one another."""

__version__ = "0.1.0"
