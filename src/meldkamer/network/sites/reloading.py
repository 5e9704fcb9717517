"""Letting servers read their new configuration: those on this machine by a signal, the others are named."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence

from meldkamer.domain.clock import Clock
from meldkamer.network.sites.digests import digests
from meldkamer.network.sites.figures import ask
from meldkamer.network.sites.keyring import Keyring
from meldkamer.network.sites.link import Operator
from meldkamer.network.sites.model import Network, NetworkError, Server
from meldkamer.network.sites.stopping import local_process

RELOAD_SECONDS = 30.0
LOOK_SECONDS = 0.3


async def reload_servers(
    program: str, network: Network, keys: Keyring, operator: Operator, clock: Clock, say: Callable[[str], None]
) -> list[Server]:
    """Tell each server of this machine to read its file, and wait until it runs what the file says. Returns those that
    run elsewhere, or nowhere. Raises NetworkError for one that refuses its new configuration."""
    ought = await digests(program, network, keys)
    here: list[Server] = []
    for server in network.servers():
        pid = local_process(keys, server)
        if pid is not None:
            os.kill(pid, signal.SIGHUP)
            here.append(server)
    end = clock.monotonic() + RELOAD_SECONDS
    waiting = list(here)
    while waiting:
        waiting = [server for server in waiting if not await _runs(operator, server, ought[server.name], clock)]
        if waiting and clock.monotonic() > end:
            names = ", ".join(server.name for server in waiting)
            raise NetworkError(f"{names}: does not run its new configuration; its log says why")
        if waiting:
            await clock.wait(LOOK_SECONDS)
    if here:
        say(f"reloaded here: {', '.join(server.name for server in here)}")
    return [server for server in network.servers() if server not in here]


async def _runs(operator: Operator, server: Server, digest: str, clock: Clock) -> bool:
    figures = (await ask(operator, server, clock)).figures
    return figures is not None and figures.digest == digest


def to_do(elsewhere: Sequence[Server]) -> str:
    """What is left for a person where servers run elsewhere; '' when they do not."""
    sites = ", ".join(dict.fromkeys(server.site.code for server in elsewhere))
    return f"bring these sites their new files, and reload their servers there: {sites}" if sites else ""
