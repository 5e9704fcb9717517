"""The applications of sites on this machine, for trying out: each a `meldkamer room` in its site's folder."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from meldkamer.domain.clock import Clock
from meldkamer.network.sites.files import folder as make_folder
from meldkamer.network.sites.keyring import Keyring
from meldkamer.network.sites.model import Network, NetworkError, Site
from meldkamer.network.sites.processes import Job, Processes

ALL = "all"
OPEN_SECONDS = 90.0
LOOK_SECONDS = 0.2
SETTINGS, LOG = "meldkamer.toml", "application.log"
_OPEN = " open at "


def chosen_sites(network: Network, codes: Sequence[str]) -> list[Site]:
    """These sites; `all`: every one. Raises NetworkError."""
    return list(network.sites) if ALL in codes else [network.site(code) for code in dict.fromkeys(codes)]


def application(site: Site) -> str:
    """The name of a site's application among the processes."""
    return f"app-{site.code}"


async def start_applications(
    sites: Sequence[Site], keys: Keyring, processes: Processes, clock: Clock, say: Callable[[str], None]
) -> None:
    """Start them, one when the one before is open, and pass on what each says until then: its address, and of a
    demonstration the password. Raises NetworkError for one that does not open."""
    for site in sites:
        folder = keys.site(site.code)
        make_folder(folder / "data")
        log = folder / LOG
        before = log.stat().st_size if log.exists() else 0
        command = (sys.executable, "-m", "meldkamer.cli", "room", SETTINGS)
        await processes.start(Job(application(site), command, folder, log))
        end = clock.monotonic() + OPEN_SECONDS
        while _OPEN not in (said := _said(log, before)):
            if application(site) not in processes.pids() or clock.monotonic() > end:
                raise NetworkError(f"{application(site)} does not open; what it says of itself is in {log}")
            await clock.wait(LOOK_SECONDS)
        for line in said.splitlines():
            if line.startswith(("meldkamer: ", "  ")):
                say(line.removeprefix("meldkamer: "))


def _said(log: Path, since: int) -> str:
    """Whole lines that were written after a place in the file."""
    with log.open("rb") as file:
        file.seek(since)
        return file.read().decode("utf-8", "replace").rpartition("\n")[0]
