"""A room joins the running network and leaves it again by the two commands, while others write; no fact is lost."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from meldkamer.domain.function import FunctionOwned
from meldkamer.network.sites.demonstration import demonstration
from meldkamer.network.sites.joining import BROUGHT, JOURNAL, JOURNALS, reasons_to_stay
from meldkamer.network.sites.model import Network, read_network
from meldkamer.network.sites.report import Report, RoomRow
from meldkamer.network.sites.setting_up import LIST
from meldkamer.network.sites.toml_text import toml_text
from meldkamer.record import NewEvent, Write, fence_subject, open_signers, subject
from meldkamer.record.jetstream import JetStreamRecord
from meldkamer.record.jetstream_access import Unreachable
from meldkamer.record.jetstream_client import JetStreamClient
from tests import programs
from tests.nats.server import binary
from tests.network.sites.running import Running, access, network, run, status, up, written


def newcomer(folder: Path, whole: Network, code: str, **regions: str) -> str:
    """The file that is asked of a site that joins."""
    path = folder / f"{code}.toml"
    table = {"regions": regions, "site": msgspec.to_builtins(whole.site(code))}
    path.write_text(toml_text(table), encoding="utf-8")
    return str(path)


def noted(id: str, room: str) -> NewEvent:
    return NewEvent(id=id, type="test.noted", body=b"\x80", occurred=1, recorded=2, room=room, actor="x")


def owned(room: str, epoch: int) -> NewEvent:
    body = msgspec.msgpack.encode(FunctionOwned(function="ZB.112", owner=room, epoch=epoch, ground="first"))
    return msgspec.structs.replace(noted(f"own{epoch}", room), type="function.owned", body=body)


async def opened(folder: Path, keys: object, site: str, whole: Network, cache: Path) -> JetStreamRecord:
    """A site's record, with its own keys and what it knows of the others'."""
    core = next(iter(whole.servers()))
    signers, verifier = open_signers(folder / "sites" / site / "signing", [site])
    way, audit = access(keys, site, core), access(keys, site, core, seed="audit")  # type: ignore[arg-type]
    return await JetStreamRecord.open(way, audit, cache, signers, verifier, regions=["LB", "ZB"], replicas=1)


def record(*arguments: str) -> tuple[int, str, str]:
    """One `meldkamer record …` command."""
    done = programs.run(["-m", "meldkamer.cli", "record", *arguments], timeout=60)
    return done.returncode, done.stdout, done.stderr


async def until(moved: asyncio.Event, good: Callable[[], bool]) -> None:
    """Look again whenever something moved, until it is so."""
    async with asyncio.timeout(30):
        while not good():
            moved.clear()
            await moved.wait()


@pytest.mark.slow
async def test_a_room_joins_and_leaves_while_others_write_and_no_fact_is_lost(tmp_path: Path) -> None:
    whole = network(cores=1, rooms=3)
    two = msgspec.structs.replace(whole, sites=whole.sites[:2], regions=whole.regions | {"ZB": "OB"})
    folder = tmp_path / "net"
    keys = written(folder, two)
    with up(folder, two):
        lb = await opened(folder, keys, "LB", whole, tmp_path / "lb")
        seen: list[str] = []
        acked: list[str] = []
        writing, moved = True, asyncio.Event()

        async def follow() -> None:
            async for entry in lb.follow({"LB": 0, "ZB": 0}):
                seen.append(entry.event.id)
                moved.set()

        async def write() -> None:
            while writing:
                id = f"lb{len(acked)}"
                await lb.append("LB", [Write(subject("LB", "incident", str(len(acked) % 7)), (noted(id, "LB"),))])
                acked.append(id)
                moved.set()

        tasks = [asyncio.create_task(follow()), asyncio.create_task(write())]
        try:
            asked = newcomer(tmp_path, whole, "ZB", ZB="ZB")
            code, _, said = await asyncio.to_thread(run, "join", str(folder), asked, "--server", binary())
            assert code == 0, said
            assert "reloaded here: core-LB, room-LB, room-OB" in said and "streams " in said
            assert read_network(folder / LIST) == whole
            third = Running(folder, whole, "--only", "ZB")
            try:
                await asyncio.to_thread(third.wait_for, "these servers are up")
                zb = await opened(folder, keys, "ZB", whole, tmp_path / "zb")
                try:
                    name = fence_subject("ZB", "ZB.112")
                    await zb.append("ZB", [Write(name, (owned("ZB", 1),), 0)])
                    for n in range(20):
                        await zb.append("ZB", [Write(subject("ZB", "call", str(n)), (noted(f"zb{n}", "ZB"),), 0)])
                        acked.append(f"zb{n}")
                    # A room that was there before reads the newcomer, whose key it did not know when it started.
                    await until(moved, lambda: {f"zb{n}" for n in range(20)} <= set(seen))
                    assert not any(lb.distrusted().values())
                    await zb.renew("ZB", "me", 0)
                finally:
                    await zb.close()
                homeless = ("leave", str(folder), "ZB", "--brought", "--server", binary())
                assert (await asyncio.to_thread(run, *homeless))[2].count("give each a new home room") == 1
                leave = (*homeless, "--home", "ZB=OB")
                code, _, said = await asyncio.to_thread(run, *leave)
                assert code == 1 and "room ZB still works" in said and "room ZB still owns ZB.112" in said
                assert read_network(folder / LIST) == whole
                # Another room takes the function over, as it does by rule when a room is silent.
                await lb.append("ZB", [Write(name, (owned("LB", 2),), 1)])
                for _ in range(60):
                    code, _, said = await asyncio.to_thread(run, *leave)
                    if code == 0:
                        break
                    assert "still works" in said and "still owns" not in said, said
                assert code == 0, said
                assert read_network(folder / LIST) == two
                aside = next((folder / "sites" / "ZB").glob("revoked-*"))
                way = access(keys, "ZB", next(iter(whole.servers())))
                old = {"certificate": "app.pem", "key": "app.key", "seed": "app.nk"}
                late = JetStreamClient(msgspec.structs.replace(way, **{k: str(aside / v) for k, v in old.items()}), "x")
                with pytest.raises(Unreachable):
                    await late.open(2)
                    await late.request("$JS.API.INFO", b"", 1)
                await late.close()
            finally:
                third.end()
            before = len(acked)
            await until(moved, lambda: len(acked) > before + 20)
        finally:
            writing = False
            await tasks[1]
            await until(moved, lambda: {*acked} <= {*seen})
            await lb.close()
            await tasks[0]
        counted = Counter(seen)
        assert [id for id in acked if counted[id] != 1] == []
        settings = str(folder / "sites" / "LB" / "meldkamer.toml")
        code, said, wrong = await asyncio.to_thread(record, "verify", settings, "--signed", "--json")
        report = json.loads(said)
        assert (code, report["ok"], report["unsigned"], report["events"]) == (0, True, 0, len(acked) + 2), wrong
        code, _, wrong = await asyncio.to_thread(record, "export", settings, str(tmp_path / "lines"))
        assert code == 0, wrong
        assert record("import", str(tmp_path / "copy"), str(tmp_path / "lines"))[0] == 0
        assert json.loads(record("verify", str(tmp_path / "copy"), "--json")[1])["events"] == len(acked) + 2
        found = {row["name"] for row in (await asyncio.to_thread(status, folder))["servers"]}
        assert found == {"core-LB", "room-LB", "room-OB"}


def test_what_cannot_be_joined_or_left_is_said_and_nothing_is_changed(tmp_path: Path) -> None:
    folder = str(tmp_path / "net")
    run("init", folder, "--demonstration", "--port", "30100", "--cores", "1")
    before = (tmp_path / "net" / LIST).read_bytes()
    ports = {"core": 1, "cluster": 2, "leaf": 3, "room": 4, "desk": 5}
    good = {"code": "XX", "rooms": ["XX"], "host": "127.0.0.1", "listen": "127.0.0.1", "ports": ports}

    def asked(**change: object) -> str:
        path = tmp_path / f"site {len(list(tmp_path.iterdir()))}.toml"
        path.write_text(toml_text({"regions": {}, "site": good | change}), encoding="utf-8")
        return str(path)

    for arguments, code, says in (
        (["join", folder, str(tmp_path / "absent.toml")], 2, "no such file"),
        (["join", folder, asked(core=True)], 2, "changes the majority"),
        (["join", folder, asked(rooms=["LB"])], 2, "room LB works at two sites"),
        (["join", folder, asked(code="LB", rooms=["LB"])], 2, "in the list already, with other settings"),
        (["join", folder, asked()], 1, "must not join now"),
        (["leave", folder, "XX"], 2, "not a site"),
        (["leave", folder, "NN", "--home", "NN=ON"], 2, "core server of the majority"),
        (["leave", folder, "LB"], 2, "give each a new home room"),
        (["leave", folder, "LB", "--home", "LB=OB"], 1, "must not leave now"),
        (["leave", folder, "LB", "--home", "QQ=OB"], 2, "not a region"),
    ):
        found, _, said = run(*arguments, "--server", binary())
        assert (found, says in said) == (code, True), (arguments, said)
    (tmp_path / "site.toml").write_text("nonsense = 1\n[site]\n", encoding="utf-8")
    assert run("join", folder, str(tmp_path / "site.toml"), "--server", binary())[0] == 2
    assert (tmp_path / "net" / LIST).read_bytes() == before


def test_a_site_with_a_journal_that_is_not_brought_stays(tmp_path: Path) -> None:
    sites = demonstration({"NN": "NN", "ON": "ON"}, [], 24100, cores=1)
    site = sites.site("ON")
    row = RoomRow(room="ON", site="ON", state="wrong", why="is silent", age_ms=1, beat_ms=60_000)
    report = Report(ok=False, at=1, network="x", meta_leader="", servers=(), streams=(), mirrors=(), rooms=(row,))
    assert "say so with --brought" in reasons_to_stay(report, site, {}, tmp_path, brought=False)[0]
    assert reasons_to_stay(report, site, {"ON.112": "NN"}, tmp_path, brought=True) == []
    for name in ("1", "2"):
        (tmp_path / JOURNALS / name).mkdir(parents=True)
        (tmp_path / JOURNALS / name / JOURNAL).write_bytes(b"")
    (tmp_path / JOURNALS / "1" / BROUGHT).write_bytes(b"")
    (why,) = reasons_to_stay(report, site, {}, tmp_path, brought=True)
    assert "not brought to the network yet (2)" in why
    (tmp_path / JOURNALS / "2" / BROUGHT).write_bytes(b"")
    assert reasons_to_stay(report, site, {}, tmp_path, brought=False) == []
    asked = msgspec.structs.replace(row, state="unchecked", why="no core server answered", beat_ms=None)
    unsure = msgspec.structs.replace(report, rooms=(asked,))
    assert reasons_to_stay(unsure, site, {}, tmp_path, brought=True) == ["room ON: no core server answered"]
