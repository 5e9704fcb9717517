"""One core server and two room servers, for real: who gets in, who may say what, and what is seen of it."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from meldkamer.network.sites import certificates
from meldkamer.record import NKey, RecordError, Write, subject
from meldkamer.record.jetstream import JetStreamRecord
from meldkamer.record.jetstream_access import Access, Unreachable
from meldkamer.record.jetstream_client import JetStreamClient
from meldkamer.record.jetstream_outcome import Message
from meldkamer.record.port import NewEvent
from tests.network.sites.running import Running, access, network, run, status, up, written


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("network")
    sites = network(cores=1, rooms=2)
    written(folder, sites)
    with up(folder, sites) as working:
        yield working


@asynccontextmanager
async def opened(way: Access) -> AsyncIterator[JetStreamClient]:
    client = JetStreamClient(way, "test")
    try:
        await client.open(2)
        yield client
    finally:
        await client.close()


async def refused(way: Access) -> None:
    """Neither an answer nor a connection that lasts."""
    with pytest.raises(Unreachable):
        async with opened(way) as client:
            await client.request("$JS.API.INFO", b"", 1)


def event(id: str) -> NewEvent:
    return NewEvent(id=id, type="NoteAdded", body=b"{}", occurred=1, recorded=2, room="OB", actor="ob.caco")


async def until(check: Callable[[], Awaitable[bool]], what: str) -> None:
    """Ask again until it is so: each question to a server takes a while by itself."""
    end = asyncio.get_running_loop().time() + 60
    while not await check():
        assert asyncio.get_running_loop().time() < end, what


def servers(running: Running) -> dict[str, Any]:
    return {server.name: server for server in running.network.servers()}


async def test_the_record_works_with_the_keys_of_a_site_and_reaches_the_other_room(
    running: Running, tmp_path: Path
) -> None:
    core = servers(running)["core-LB"]
    keys = running.keys
    record = await JetStreamRecord.open(
        access(keys, "OB", core), access(keys, "OB", core, seed="audit"), tmp_path / "cache", regions=["LB", "OB"]
    )
    try:
        name = subject("LB", "incident", "1")
        appended = await record.append("LB", [Write(name, (event("e1"),), 0)])
        assert appended.positions[0].seq == 1
        assert [entry.event.id for entry in await record.read(name)] == ["e1"]
        assert (await record.renew("OB", "me", 0)).n == 1
        assert set(await record.all()) == {"OB"}
        with pytest.raises(RecordError):
            await record.renew("LB", "me", 0)  # another room's heart-beat
        rows = {row["room"]: row for row in (await asyncio.to_thread(status, running.folder))["rooms"]}
        assert rows["OB"]["holder"] == "me" and 0 <= rows["OB"]["beat_ms"] < 60_000
        assert rows["LB"]["beat_ms"] is None and rows["LB"]["state"] == "fine"
    finally:
        await record.close()

    async def copied() -> bool:
        report = await asyncio.to_thread(status, running.folder)
        return any((row["site"], row["region"], row["last"]) == ("OB", "LB", 1) for row in report["mirrors"])

    await until(copied, "the entry is in the other room's copy")


async def test_scrub_names_a_copy_that_holds_something_else(running: Running) -> None:
    room = servers(running)["room-OB"]
    async with opened(access(running.keys, "OB", servers(running)["core-LB"])) as client:
        for seq in (1, 2):
            await client.store([Message(f"ev.OB.incident.{seq}", b"x")], seq - 1, 5)
    await until(lambda: clean(running), "two whole copies")
    async with opened(access(running.keys, "", room, "operator", "operator")) as client:
        await client.ask("STREAM.DELETE.MIR_OB")
        await client.ask("STREAM.CREATE.MIR_OB", {"name": "MIR_OB", "subjects": ["ev.OB.>"], "storage": "file"})
        await client.store([Message("ev.OB.incident.1", b"x")], 0, 5)
        await client.store([Message("ev.OB.incident.2", b"forged")], 1, 5)
        code, said, told = await asyncio.to_thread(run, "scrub", str(running.folder), "--region", "OB", "--json")
        report = msgspec.json.decode(said)
        wrong = [row for row in report["copies"] if row["state"] != "fine"]
        assert (code, [row["server"] for row in wrong]) == (1, ["room-OB"]), told
        assert wrong[0]["faults"] == [2] and "move its data/room away" in wrong[0]["mend"]
        await client.ask("STREAM.DELETE.MIR_OB")
    assert (await asyncio.to_thread(run, "streams", str(running.folder), "--site", "OB"))[0] == 0
    await until(lambda: clean(running), "the copy is made anew")


async def clean(running: Running) -> bool:
    code, said, _ = await asyncio.to_thread(run, "scrub", str(running.folder), "--region", "OB", "--json")
    whole = {row["last"] for row in msgspec.json.decode(said)["copies"]} == {2}
    return whole and code == 0


async def test_a_foreign_subject_is_refused(running: Running) -> None:
    core, own = servers(running)["core-LB"], servers(running)["room-OB"]
    async with opened(access(running.keys, "OB", core)) as client:
        for foreign in ("$JS.API.STREAM.DELETE.REG_LB", "$JS.API.STREAM.PURGE.REG_LB", "$JS.API.STREAM.CREATE.X", "x"):
            with pytest.raises(Unreachable):
                await client.request(foreign, b"{}", 0.5)
        before = (await client.ask("STREAM.INFO.REG_LB"))["state"]
    async with opened(access(running.keys, "OB", own)) as client:
        with pytest.raises(Unreachable):
            await client.request("ev.LB.incident.2", b"{}", 0.5)
    # Nor does it pass on from a room server that was taken over whole.
    async with opened(access(running.keys, "", own, "operator", "operator")) as client:
        for foreign in ("ev.LB.incident.2", "$JS.core.API.STREAM.DELETE.REG_LB", "lease.LB"):
            with pytest.raises(Unreachable):
                await client.request(foreign, b"{}", 0.5)
    async with opened(access(running.keys, "", core, "operator", "operator")) as client:
        assert (await client.ask("STREAM.INFO.REG_LB"))["state"] == before


async def test_a_wrong_certificate_is_refused(running: Running, tmp_path: Path) -> None:
    keys, own = running.keys, servers(running)
    good = access(keys, "OB", own["core-LB"])
    async with opened(good) as client:
        assert "error" not in await client.request("$JS.API.INFO", b"", 5)
    # Signed by the right authority, for another purpose, or for another room's server.
    await refused(access(keys, "OB", own["core-LB"], certificate="room"))
    await refused(access(keys, "OB", own["core-LB"], certificate="desk"))
    await refused(access(keys, "OB", own["room-LB"]))
    # Made by somebody else who calls himself the same.
    key, now = certificates.new_key(), dt.datetime.now(dt.UTC)
    authority = certificates.self_signed("test authority", key, now)
    (tmp_path / "app.key").write_bytes(certificates.new_key())
    made = certificates.issue(authority, key, (tmp_path / "app.key").read_bytes(), "app-OB.test", (), now)
    (tmp_path / "app.pem").write_bytes(made)
    await refused(Access(servers=good.servers, ca=good.ca, seed=good.seed, certificate=str(tmp_path / "app.pem"),
                         key=str(tmp_path / "app.key")))  # fmt: skip
    # None at all.
    await refused(Access(servers=good.servers, ca=good.ca, seed=good.seed))


async def test_an_unknown_key_is_refused_and_a_leafs_key_opens_no_client(running: Running, tmp_path: Path) -> None:
    core = servers(running)["core-LB"]
    good = access(running.keys, "OB", core)
    NKey.generate().write(tmp_path / "new.nk")
    leaf = (running.keys.site("OB") / "leaf.nk").read_text().removeprefix("nkey: ")
    NKey.from_seed(leaf.strip()).write(tmp_path / "leaf.nk")
    for seed in ("new.nk", "leaf.nk"):
        with pytest.raises(Unreachable):
            async with opened(msgspec.structs.replace(good, seed=str(tmp_path / seed))):
                pass


async def test_a_revoked_key_is_refused_and_the_new_one_is_let_in(running: Running) -> None:
    core = servers(running)["core-LB"]
    old = running.keys.site("OB")
    code, _, said = run("revoke", str(running.folder), "OB")
    assert code == 0, said
    aside = next(old.glob("revoked-*"))
    before = Access(
        servers=(f"tls://127.0.0.1:{core.port}",),
        ca=str(old / "ca.pem"),
        certificate=str(aside / "app.pem"),
        key=str(aside / "app.key"),
        seed=str(aside / "app.nk"),
    )
    async with opened(before) as client:  # not yet: the servers have not read their new configuration
        assert "error" not in await client.request("$JS.API.INFO", b"", 5)
        found = {row["name"]: row["why"] for row in (await asyncio.to_thread(status, running.folder))["servers"]}
        assert "reload" in found["core-LB"]
        running.tell(signal.SIGHUP)
        running.wait_for("reads its configuration again")

        async def let_in() -> bool:
            try:
                async with opened(access(running.keys, "OB", core)) as new:
                    return "error" not in await new.request("$JS.API.INFO", b"", 1)
            except Unreachable:
                return False

        await until(let_in, "the new key is accepted")
        with pytest.raises(Unreachable):  # the old one's open connection is gone too
            await client.request("$JS.API.INFO", b"", 1)
    await refused(before)


async def test_status_is_fine_and_then_names_a_stopped_server(running: Running) -> None:
    async def fine() -> bool:
        found = await asyncio.to_thread(status, running.folder)
        return {row["state"] for part in ("servers", "streams", "mirrors") for row in found[part]} == {"fine"}

    await until(fine, "everything works")
    for row in (await asyncio.to_thread(status, running.folder))["servers"]:
        assert abs(row["clock_ms"]) < 2_000 and row["store_limit"] > row["store_used"] >= 0, row
    _, figures, _ = await asyncio.to_thread(run, "status", str(running.folder), "--prometheus")
    assert 'meldkamer_network_server_state{server="room-OB",site="OB",kind="room",state="fine"} 1.0\n' in figures
    running_pids = running.pids("OB")
    assert len(running_pids) == 1
    os.kill(running_pids[0], signal.SIGKILL)
    running.wait_for("room-OB has ended (signal SIGKILL)")
    report = await asyncio.to_thread(status, running.folder)
    assert not report["ok"]
    states = {row["name"]: row["state"] for row in report["servers"]}
    assert states == {"core-LB": "fine", "room-LB": "fine", "room-OB": "unchecked"}
    gone = next(row for row in report["servers"] if row["name"] == "room-OB")
    assert gone["why"] and gone["age_ms"] > 0 and gone["version"].startswith("2.15")
    assert {row["state"] for row in report["mirrors"] if row["site"] == "OB"} == {"unchecked"}
    assert {row["state"] for row in report["mirrors"] if row["site"] == "LB"} == {"fine"}
    text = run("status", str(running.folder))[1]
    assert "? room-OB" in text and "could not check" in text
