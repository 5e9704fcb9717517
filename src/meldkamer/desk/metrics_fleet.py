"""Figures of the fleet: reports of positions by channel, what was refused and why, and how old positions are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

import numpy as np

from meldkamer.desk.health import Check, Found
from meldkamer.desk.metrics import Gather
from meldkamer.domain.clock import Clock
from meldkamer.prometheus import Family, Sample
from meldkamer.response import MIN_MILLIS, Positions, UdpPositions, Verdict, WhyRefused

CHANNELS = ("http", "websocket", "udp")
AGES = (10, 60, 300, 3_600)
"""Seconds."""


def fleet_figures(positions: Positions, udp: UdpPositions | None, clock: Clock) -> Gather:
    """udp: the door for positions by UDP, when there is one."""

    async def gather() -> Iterable[Family]:
        at = positions.at[: len(positions)]
        known = at[at != MIN_MILLIS]
        ages = (clock.now() - known) / 1000
        families = [
            Family(
                "meldkamer_positions_total",
                "counter",
                "Reports of positions by channel and what came of them; taken and jumped are in force.",
                tuple(
                    Sample(positions.counts[channel, verdict], {"channel": channel, "outcome": verdict})
                    for channel in CHANNELS
                    for verdict in get_args(Verdict)
                ),
            ),
            Family(
                "meldkamer_units_placed",
                "gauge",
                "Units whose position is at most so many seconds old.",
                tuple(Sample(int(np.count_nonzero(ages <= most)), {"within": str(most)}) for most in AGES),
            ),
            Family(
                "meldkamer_units_jumped",
                "gauge",
                "Units whose newest position cannot be, by the one before.",
                (Sample(int(np.count_nonzero(positions.jumped[: len(positions)]))),),
            ),
        ]
        if len(known):
            age = Family(
                "meldkamer_position_newest_age_seconds",
                "gauge",
                "Age of the newest position of all.",
                (Sample(max(0.0, float(ages.min()))),),
            )
            families.append(age)
        if udp is not None:
            families += [
                Family(
                    "meldkamer_position_lines_refused_total",
                    "counter",
                    "Datagrams that were refused, by reason.",
                    tuple(Sample(udp.lines.refused[why], {"reason": why}) for why in get_args(WhyRefused)),
                ),
                Family(
                    "meldkamer_position_senders_heard",
                    "gauge",
                    "Senders of positions by UDP that were heard in the last minute.",
                    (Sample(udp.lines.heard()),),
                ),
            ]
        return families

    return gather


def udp_check(udp: UdpPositions) -> Check:
    """How the door for positions by UDP is. The number: lines refused in the last minute."""

    async def check() -> Found:
        well, words = udp.state()
        return Found("fine" if well else "degraded", words, number=udp.lines.trouble().number)

    return check
