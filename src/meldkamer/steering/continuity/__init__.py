"""Continuity: what must keep going, how fast it came back in truth, and what would make it better."""
