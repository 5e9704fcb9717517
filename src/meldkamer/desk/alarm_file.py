"""Where alarms to administrators go: a line in the journal of the machine, and a line in a file.

Both work when nothing else does. Whoever gathers the journal or the file, or reads the metrics, brings them further.
"""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path

import msgspec

from meldkamer.desk.health_watch import Alarm

KEPT = 500
"""Lines that a start leaves in the file: the newest."""

log = logging.getLogger("meldkamer.alarm")


def journal(alarm: Alarm) -> None:
    """Say it in the journal: an error when it is raised, a warning when it is over."""
    what = f"{', '.join(alarm.checks)}: {alarm.detail}"
    if alarm.ended is None:
        log.error("ALARM %s (%s) %s; what to do: docs/run/%s.md", alarm.kind, alarm.state, what, alarm.run)
    else:
        log.warning("alarm over %s, after %d s", alarm.kind, (alarm.ended - alarm.since) // 1000)


class AlarmFile:
    """A file of JSON lines, one when an alarm is raised and one when it has ended."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self) -> list[Alarm]:
        """The alarms that were raised and have not ended. Shortens the file; passes over a line that cannot be read."""
        alarms = self._read()
        newest = {alarm.id: alarm for alarm in alarms}
        if len(alarms) > KEPT:
            part = self._path.with_suffix(".part")
            with contextlib.suppress(OSError):
                part.write_bytes(b"".join(_line(alarm) for alarm in alarms[-KEPT:]))
                part.replace(self._path)
        return [alarm for alarm in newest.values() if alarm.ended is None]

    def tell(self, alarm: Alarm) -> None:
        """Add a line. A disk that takes none is itself an alarm, which the journal and the screen have."""
        try:
            with self._path.open("ab") as file:
                file.write(_line(alarm))
        except OSError as error:
            log.warning("%s: %s", self._path, error)

    def _read(self) -> list[Alarm]:
        found = []
        with contextlib.suppress(OSError):
            for line in self._path.read_bytes().splitlines():
                with contextlib.suppress(msgspec.MsgspecError):
                    found.append(msgspec.json.decode(line, type=Alarm))
        return found


def _line(alarm: Alarm) -> bytes:
    return msgspec.json.encode(alarm) + b"\n"
