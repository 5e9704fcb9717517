"""Rules without I/O: what may happen to calls, incidents, units, alerts, functions and roads, and what follows.

Pure: decide(state, command) -> events; evolve(state, event) -> state. Standard library and msgspec only.
"""
