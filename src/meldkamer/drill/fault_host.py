"""Faults of the machine under an application: no room on its disk, and a clock that jumps."""

from __future__ import annotations

import resource
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from meldkamer.drill.fault import Fault, a_site
from meldkamer.drill.looking import moved, owners, safe_again, unavailable
from meldkamer.drill.mending import missing
from meldkamer.drill.rows import Row
from meldkamer.drill.stage import Stage
from meldkamer.network.sites.applications import SETTINGS, application

FULL_SECONDS = 15.0
JUMP_SECONDS = 12.0
HOUR = 3600
PLACES = ("/usr/lib/*/faketime/libfaketime.so.1", "/usr/local/lib/faketime/libfaketime.so.1")
"""Where the library lies that gives one process another time."""


async def full_disk(stage: Stage, row: Row) -> None:
    """The kernel lets the application write no file any further, as a full disk does (EFBIG instead of ENOSPC). What it
    promises is stored at the core; here it keeps caches and logs."""
    name = application(stage.network.site(row.target))
    before, begin = owners(stage), stage.clock.monotonic()
    soft, hard = resource.prlimit(stage.pid(name), resource.RLIMIT_FSIZE)
    resource.prlimit(stage.pid(name), resource.RLIMIT_FSIZE, (1, hard))
    await stage.clock.wait(FULL_SECONDS)
    row.seen["crashed"] = len(missing(stage))
    if stage.running(name):
        resource.prlimit(stage.pid(name), resource.RLIMIT_FSIZE, (soft, hard))
        await safe_again(stage, list(stage.probes.values()), stage.clock.monotonic())
    row.seen["unavailable_s"] = unavailable(stage.probes_outside([row.target]), begin, stage.clock.monotonic())
    row.seen["moved"] = moved(before, owners(stage, [row.target]))


async def clock_jump(stage: Stage, row: Row) -> None:
    """The application's clock goes an hour ahead, and back again. Liveness goes by another clock, so nothing moves."""
    site = stage.network.site(row.target)
    folder = stage.keys.site(site.code)
    time = folder / "faketime"
    time.write_text("+0", encoding="ascii")
    settings = {
        "LD_PRELOAD": str(_library()),
        "FAKETIME_TIMESTAMP_FILE": str(time),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    env = shutil.which("env") or "env"
    words = [f"{name}={value}" for name, value in settings.items()]
    await stage.end(signal.SIGTERM, application(site))
    await stage.start_otherwise(site, (env, *words, sys.executable, "-m", "meldkamer.cli", "room", SETTINGS))
    try:
        before, begin = owners(stage), stage.clock.monotonic()
        for offset in (f"+{HOUR}", "+0"):
            time.write_text(offset, encoding="ascii")
            await stage.clock.wait(JUMP_SECONDS)
            await safe_again(stage, list(stage.probes.values()), stage.clock.monotonic())
        row.seen["unavailable_s"] = unavailable(list(stage.probes.values()), begin, stage.clock.monotonic())
        row.seen["moved"] = moved(before, owners(stage, [row.target]))
        row.seen["crashed"] = len(missing(stage))
    finally:
        if stage.running(application(site)):
            await stage.end(signal.SIGTERM, application(site))


def _library() -> Path | None:
    """Where the library lies; None when this machine has none."""
    return next((path for place in PLACES for path in sorted(Path("/").glob(place.lstrip("/")))), None)


def _no_library(stage: Stage) -> str:
    return "" if _library() else "needs the library libfaketime, which gives one process another time"


def _no_limits(stage: Stage) -> str:
    return "" if hasattr(resource, "prlimit") else "needs a system that can limit the files of a running process"


HOST_FAULTS: Sequence[Fault] = (
    Fault(
        "full-disk", "a room's application can write no file any further, for 15 s", a_site, full_disk, {}, _no_limits
    ),
    Fault(
        "clock-jump",
        "the clock of a room's application jumps by an hour, and back",
        a_site,
        clock_jump,
        {},
        _no_library,
    ),
)
