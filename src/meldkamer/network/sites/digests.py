"""Which configuration each server ought to run: the digest that the server program itself gives a file."""

from __future__ import annotations

import asyncio
import re

from meldkamer.network.sites.keyring import Keyring
from meldkamer.network.sites.model import Network, NetworkError, Server

_DIGEST = re.compile(rb"sha256:[0-9a-f]{64}")


async def digests(program: str, network: Network, keys: Keyring) -> dict[str, str]:
    """Server -> digest of its file. Raises NetworkError for a file that the program does not accept."""
    servers = list(network.servers())
    found = await asyncio.gather(*(_digest(program, server, keys) for server in servers))
    return dict(zip((server.name for server in servers), found, strict=True))


async def _digest(program: str, server: Server, keys: Keyring) -> str:
    folder, name = keys.site(server.site.code), f"{server.kind}.conf"
    if not (folder / name).exists():
        raise NetworkError(f"{folder / name}: no such file; `meldkamer network init` makes it")
    process = await asyncio.create_subprocess_exec(
        program,
        "-t",
        "-c",
        name,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    digest = _DIGEST.search(said)
    if process.returncode or digest is None:
        raise NetworkError(f"{folder / name}: {said.decode(errors='replace').strip()}")
    return digest.group().decode()
