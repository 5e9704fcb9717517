"""A site joins the running network and leaves it again, while the others go on."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import msgspec
import pytest

from meldkamer.domain.clock import SystemClock
from meldkamer.network.sites.keyring import Keyring
from meldkamer.network.sites.model import Network
from meldkamer.network.sites.setting_up import LIST
from meldkamer.network.sites.toml_text import toml_text
from meldkamer.record.jetstream_access import Unreachable
from meldkamer.record.jetstream_client import JetStreamClient
from meldkamer.record.jetstream_outcome import Message, Stored
from tests.network.sites.running import Running, access, network, run, status, up, written


def listed(folder: Path, sites: Network) -> None:
    """The operator changes the list and runs `init`."""
    (folder / LIST).write_text(toml_text(msgspec.to_builtins(sites)), encoding="utf-8")
    code, _, said = run("init", str(folder))
    assert code == 0, said


async def fine(folder: Path, names: set[str]) -> None:
    """Until just these servers are there, and all are fine."""
    found: dict[str, str] = {}
    for _ in range(200):
        report = await asyncio.to_thread(status, folder)
        found = {row["name"]: row["state"] + row["why"] for row in report["servers"]}
        if report["ok"] and set(found) == names:
            return
    raise AssertionError(found)


@pytest.mark.slow
async def test_a_site_joins_and_leaves_a_running_network(tmp_path: Path) -> None:
    whole = network(cores=1, rooms=3)
    two = msgspec.structs.replace(whole, sites=whole.sites[:2], regions=whole.regions | {"ZB": "OB"})
    folder = tmp_path / "net"
    keys = written(folder, two)
    core = next(iter(two.servers()))
    stored = 0
    with up(folder, two) as running:
        client = JetStreamClient(access(keys, "LB", core), "test")
        await client.open(5)
        try:
            listed(folder, whole)
            running.tell(signal.SIGHUP)
            running.wait_for("reads its configuration again")
            code, _, said = await asyncio.to_thread(run, "streams", str(folder))
            assert code == 1 and "room-OB: 3 copies" in said and "room-ZB: stream MIR_LB could not be made" in said
            third = Running(folder, whole, "--only", "ZB")
            try:
                await asyncio.to_thread(third.wait_for, "these servers are up")
                await fine(folder, {"core-LB", "room-LB", "room-OB", "room-ZB"})
                # The connection that was there before it all still stands, and the newcomer's is let in.
                for _ in range(3):
                    assert isinstance(await client.store([Message("ev.LB.incident.1", b"x")], stored, 5), Stored)
                    stored += 1
                assert (await _ask(Keyring(folder, SystemClock()), "ZB", core))["state"]["last_seq"] == stored
            finally:
                third.end()
            listed(folder, two)
            running.tell(signal.SIGHUP)
            await fine(folder, {"core-LB", "room-LB", "room-OB"})
            with pytest.raises(Unreachable):
                await _ask(keys, "ZB", core)
            assert isinstance(await client.store([Message("ev.ZB.incident.1", b"x")], 0, 5), Stored)
        finally:
            await client.close()


async def _ask(keys: Keyring, site: str, core: object) -> dict[str, dict[str, int]]:
    client = JetStreamClient(access(keys, site, core), "newcomer")  # type: ignore[arg-type]
    try:
        await client.open(3)
        return await client.ask("STREAM.INFO.REG_LB")
    finally:
        await client.close()
