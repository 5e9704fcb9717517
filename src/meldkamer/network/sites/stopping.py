"""Stopping one server on purpose: only while the others keep every promise, and in the way that hands over first."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from meldkamer.network.sites.keyring import Keyring
from meldkamer.network.sites.model import Network, NetworkError, Server
from meldkamer.network.sites.processes import STOP_SECONDS
from meldkamer.network.sites.report import Report


def reasons_against(report: Report, network: Network, server: Server) -> list[str]:
    """Why a server must not be stopped now; nothing when it may. One at a time: every other core server must be fine,
    and every copy of every stream whole."""
    if server.kind == "room":
        return []
    if len(network.cores) == 1:
        return ["it is the only core server: nothing could be stored"]
    others = [row for row in report.servers if row.kind == "core" and row.name != server.name and row.state != "fine"]
    found = [f"{row.name}: {row.why}" for row in others]
    for row in report.streams:
        if not row.leader or row.copies < row.of:
            found.append(f"{row.name}: {row.why or 'a copy is behind'}")
    return found


def local_process(keys: Keyring, server: Server) -> int | None:
    """The process of this server on this machine, or None when it does not run here."""
    folder = keys.site(server.site.code).resolve()
    with contextlib.suppress(OSError, ValueError):
        pid = int((folder / "data" / f"{server.kind}.pid").read_text(encoding="ascii"))
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        # The number may be somebody else's by now.
        if Path(os.readlink(f"/proc/{pid}/cwd")) == folder and f"{server.kind}.conf".encode() in words:
            return pid
    return None


async def stop_process(pid: int) -> None:
    """End it as the service manager would, and wait until it is gone. Raises NetworkError when it does not go."""
    with _handle(pid) as fd:
        signal.pidfd_send_signal(fd, signal.SIGTERM)
        gone = asyncio.Event()
        asyncio.get_running_loop().add_reader(fd, gone.set)
        try:
            await asyncio.wait_for(gone.wait(), STOP_SECONDS)
        except TimeoutError:
            raise NetworkError(f"process {pid} does not end") from None
        finally:
            asyncio.get_running_loop().remove_reader(fd)


@contextlib.contextmanager
def _handle(pid: int) -> Iterator[int]:
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        raise NetworkError(f"process {pid} has ended by itself") from None
    try:
        yield fd
    finally:
        os.close(fd)
