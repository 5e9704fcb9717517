"""Callers, units and colleagues for demonstration, exercise and load: clients of the API like any other."""

from meldkamer.simulate.agenda import VirtualClock
from meldkamer.simulate.callers import CallStream
from meldkamer.simulate.calls_csv import HeaderError, RefusedRow, Row, read_calls
from meldkamer.simulate.data import WorldData
from meldkamer.simulate.daytime import Burst
from meldkamer.simulate.figures import Report
from meldkamer.simulate.replay import ReplayReport, replay_calls

__all__ = [
    "Burst",
    "CallStream",
    "HeaderError",
    "RefusedRow",
    "ReplayReport",
    "Report",
    "Row",
    "VirtualClock",
    "WorldData",
    "read_calls",
    "replay_calls",
]
