"""The core is lost with everything on it: a new one is filled from a room's copy, and the rooms go on following it."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import msgspec

from meldkamer.network.sites.keyring import Keyring
from meldkamer.network.sites.model import Network
from meldkamer.record import NewEvent, Write, subject
from meldkamer.record.jetstream import JetStreamRecord
from tests.network.sites.running import access, network, run, status, up, written


def event(id: str) -> NewEvent:
    return NewEvent(id=id, type="NoteAdded", body=b"{}", occurred=1, recorded=2, room="LB", actor="lb.caco")


async def record(keys: Keyring, sites: Network, cache: Path) -> JetStreamRecord:
    core = next(iter(sites.servers()))
    way = access(keys, "LB", core)
    audit = access(keys, "LB", core, seed="audit")
    return await JetStreamRecord.open(way, audit, cache, regions=list(sites.regions), seconds=30)


async def copied(folder: Path, entries: int) -> None:
    """Until both rooms have so many entries of Limburg."""
    found: set[int] = set()
    for _ in range(200):
        rows = (await asyncio.to_thread(status, folder))["mirrors"]
        found = {row["last"] for row in rows if row["region"] == "LB"}
        if found == {entries}:
            return
    raise AssertionError(found)


async def test_a_lost_core_is_made_anew_from_a_rooms_copy(tmp_path: Path) -> None:
    sites = network(cores=1, rooms=2)
    folder, kept = tmp_path / "net", tmp_path / "kept"
    keys = written(folder, sites)
    name = subject("LB", "incident", "1")
    with up(folder, sites):
        first = await record(keys, sites, tmp_path / "cache")
        for n in range(3):
            await first.append("LB", [Write(name, (event(f"e{n}"),), n)])
        await first.close()
        await copied(folder, 3)
        code, _, said = await asyncio.to_thread(run, "restore", str(folder), str(kept))
        assert code == 2 and "manifest.json" in said  # there is none yet
        assert (await asyncio.to_thread(run, "backup", str(folder), str(kept)))[0] == 0
        code, _, said = await asyncio.to_thread(run, "restore", str(folder), str(kept))
        assert code == 2 and "not empty" in said
        code, _, said = await asyncio.to_thread(run, "backup", str(folder), str(kept))
        assert code == 2 and "nothing is overwritten" in said
    shutil.rmtree(kept)
    shutil.rmtree(keys.site("LB") / "data" / "core")
    with up(folder, sites):
        assert (await asyncio.to_thread(run, "backup", str(folder), str(kept)))[0] == 0
        manifest = msgspec.json.decode((kept / "manifest.json").read_bytes())
        assert manifest["regions"]["LB"]["entries"] == 3 and manifest["regions"]["LB"]["server"].startswith("room-")
        code, _, said = await asyncio.to_thread(run, "restore", str(folder), str(kept))
        assert code == 0, said
        second = await record(keys, sites, tmp_path / "cache2")
        assert [entry.event.id for entry in await second.read(name)] == ["e0", "e1", "e2"]
        await second.append("LB", [Write(name, (event("e3"),), 3)])
        await second.close()
        await copied(folder, 4)
        code, said, told = await asyncio.to_thread(run, "scrub", str(folder))
        assert code == 0 and "clean: 4 entries" in said, told


def test_a_torn_backup_is_refused(tmp_path: Path) -> None:
    sites = network(cores=1, rooms=1)
    folder, kept = tmp_path / "net", tmp_path / "kept"
    written(folder, sites)
    kept.mkdir()
    (kept / "LB.entries").write_bytes(b"\0\0\0\x05hello")
    part = {"entries": 1, "sha256": "0" * 64, "server": "core-LB"}
    for change, says in (
        ({}, "is not what was written"),
        ({"format": 2}, "made by a newer program"),
        ({"regions": {"XX": part}}, "regions that this network does not have: XX"),
    ):
        made = {"format": 1, "network": "test", "made": 1, "regions": {"LB": part}} | change
        (kept / "manifest.json").write_bytes(msgspec.json.encode(made))
        code, _, said = run("restore", str(folder), str(kept))
        assert code == 2 and says in said
