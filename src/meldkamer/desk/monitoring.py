"""What watches over a room: the health that is looked at, its alarms, and the figures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from meldkamer.desk.alarm_file import AlarmFile, journal
from meldkamer.desk.health import Health
from meldkamer.desk.health_watch import HealthWatch
from meldkamer.desk.metrics import Gather, Metrics
from meldkamer.desk.metrics_calls import AnswerTimes, outbox_figures, room_figures
from meldkamer.desk.metrics_health import health_figures, process_figures
from meldkamer.desk.metrics_record import Counts, record_figures
from meldkamer.desk.rooms import Rooms
from meldkamer.domain.clock import Clock
from meldkamer.network import Picture

ALARMS = "alarms.jsonl"
"""File of the data folder with what was raised and what has ended."""


class Monitoring(msgspec.Struct, frozen=True):
    """The watch runs as long as the room lives; the metrics are asked for."""

    watch: HealthWatch
    metrics: Metrics


def monitoring(
    *,
    health: Health,
    folder: Path,
    about: Callable[[], Mapping[str, str]],
    counts: Counts,
    tail: Callable[[str], Awaitable[int]],
    regions: Sequence[str],
    picture: Picture,
    rooms: Rooms,
    readers: Callable[[], int],
    clock: Clock,
    exercise: bool = False,
    more: Sequence[tuple[str, Gather]] = (),
) -> Monitoring:
    """about: what runs here, as labels. counts, tail: of the record. readers: how many desks are connected. exercise:
    alarms stay on its own screens and in its own folder; the machine's journal is for what is real. more: other sources
    of figures."""
    alarms = AlarmFile(folder / ALARMS)
    tell = (alarms.tell,) if exercise else (journal, alarms.tell)
    watch = HealthWatch(health, clock, tell, alarms.open())
    metrics = Metrics(
        (
            ("record", record_figures(counts, tail, lambda: picture.positions, regions)),
            ("calls", AnswerTimes(picture, clock).gather),
            ("outbox", outbox_figures(picture, clock)),
            ("rooms", room_figures(rooms, readers)),
            ("health", health_figures(watch)),
            ("process", process_figures(about, clock)),
            *more,
        ),
        clock,
    )
    return Monitoring(watch, metrics)
