"""Why roads cannot be used."""

from __future__ import annotations


class RoadsError(ValueError):
    """A file of roads, speeds or closures that cannot be used; says which and why. What was in force stays."""
