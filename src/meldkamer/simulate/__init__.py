"""Callers, units and colleagues for demonstration, exercise and load: clients of the API like any other."""

from meldkamer.simulate.agenda import VirtualClock
from meldkamer.simulate.callers import CallStream
from meldkamer.simulate.calls_csv import HeaderError, RefusedRow, Row, read_calls
from meldkamer.simulate.data import WorldData
from meldkamer.simulate.daytime import NATIONAL_DAY, Burst, factor
from meldkamer.simulate.desks import Seat
from meldkamer.simulate.figures import Report
from meldkamer.simulate.living import LivingWorld, WorldConfig
from meldkamer.simulate.replay import ReplayReport, replay_calls
from meldkamer.simulate.team import SeatAccount, Team

__all__ = [
    "NATIONAL_DAY",
    "Burst",
    "CallStream",
    "HeaderError",
    "LivingWorld",
    "RefusedRow",
    "ReplayReport",
    "Report",
    "Row",
    "Seat",
    "SeatAccount",
    "Team",
    "VirtualClock",
    "WorldConfig",
    "WorldData",
    "factor",
    "read_calls",
    "replay_calls",
]
