"""Derives the geography of the shipped pack from open packages; run as ``python -m tools.derive_geography``."""
