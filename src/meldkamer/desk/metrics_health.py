"""Figures of the health: each check's state, age and number; alarms that stand; the process and what it runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from meldkamer.desk.health_watch import HealthWatch
from meldkamer.desk.metrics import Gather
from meldkamer.desk.runbooks import kind
from meldkamer.domain.clock import Clock
from meldkamer.prometheus import Family, Sample

NUMBERS: Mapping[str, tuple[str, str]] = {
    "picture": ("picture_behind", "Events that are stored and not on the screens."),
    "disk": ("disk_free_bytes", "Free bytes where this room keeps its data."),
    "certificate": ("certificate_days", "Days until the first certificate of this room ends."),
    "trust": ("record_distrusted_entries", "Entries that are shown to nobody, for their signature."),
    "entries": ("record_set_aside_entries", "Messages of the record that are no entries, or are lost."),
    "core": ("core_connected", "Whether a server of the core answers (1) or not (0)."),
}
"""Kind of check -> the name and meaning of its number; what others count is counted elsewhere as well."""


def health_figures(watch: HealthWatch) -> Gather:
    """What was found at the last look, with its age. Raises RuntimeError before the first: then nothing is known."""

    async def gather() -> Iterable[Family]:
        view, age = watch.view, watch.age
        if view is None or age is None:
            raise RuntimeError("nobody has looked yet")
        named = [check for check in view.checks if check.number is not None]
        return [
            Family(
                "meldkamer_health_state",
                "gauge",
                "1 for the state of a check (fine, degraded, could_not_check).",
                tuple(
                    Sample(float(check.state == state), {"check": check.name, "state": state})
                    for check in view.checks
                    for state in ("fine", "degraded", "could_not_check")
                ),
            ),
            Family(
                "meldkamer_health_checked_age_seconds", "gauge", "Seconds since the checks were made.", (Sample(age),)
            ),
            Family(
                "meldkamer_health_age_seconds",
                "gauge",
                "Seconds since what a check looks at was last true, at the time of the check.",
                tuple(Sample(check.age, {"check": check.name}) for check in view.checks if check.age is not None),
            ),
            *(
                Family(f"meldkamer_{NUMBERS[of][0]}", "gauge", NUMBERS[of][1], (Sample(check.number or 0.0),))
                for check in named
                if (of := kind(check.name)) in NUMBERS
            ),
            Family(
                "meldkamer_alarm",
                "gauge",
                "1 for each alarm to the administrators that stands.",
                tuple(Sample(1.0, {"kind": a.kind, "state": a.state, "run": a.run}) for a in watch.open),
            ),
        ]

    return gather


def _pages() -> int | None:
    """Pages of memory that this process holds; None where the kernel does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return None


def process_figures(about: Callable[[], Mapping[str, str]], clock: Clock) -> Gather:
    """What runs here (version, pack, settings) and what it uses. From /proc; left out where there is none."""
    started = clock.monotonic()

    async def gather() -> Iterable[Family]:
        families = [
            Family("meldkamer_build_info", "gauge", "What runs here; always 1.", (Sample(1.0, about()),)),
            Family(
                "meldkamer_up_seconds", "gauge", "Since this process began.", (Sample(clock.monotonic() - started),)
            ),
        ]
        times = os.times()
        families.append(
            Family(
                "process_cpu_seconds_total",
                "counter",
                "Processor seconds used by this process.",
                (Sample(times.user + times.system),),
            )
        )
        if (pages := _pages()) is not None:
            families += [
                Family(
                    "process_resident_memory_bytes",
                    "gauge",
                    "Memory that this process holds.",
                    (Sample(pages * os.sysconf("SC_PAGE_SIZE")),),
                ),
                Family(
                    "process_open_fds",
                    "gauge",
                    "Files and connections that are open.",
                    (Sample(len(os.listdir("/proc/self/fd"))),),
                ),
            ]
        return families

    return gather
