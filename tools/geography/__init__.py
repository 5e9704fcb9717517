"""Derives the geography of the shipped pack from open packages; run as ``tools/derive_geography.py``."""
