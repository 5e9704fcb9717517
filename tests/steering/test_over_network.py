"""The commands of steering on a network's record: the settings of a room stand in the place of a data folder."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from meldkamer.cli import main
from meldkamer.domain import call, incident_rules
from meldkamer.domain.clock import FakeClock, SeededIds
from meldkamer.domain.desk import DeclareRoomDown
from meldkamer.domain.function import TakeFunction
from meldkamer.domain.plan import STEERING
from meldkamer.domain.provision import ReportProvision
from meldkamer.domain.registry import EVENT_TYPES
from meldkamer.network import Picture
from meldkamer.record import Sealer
from meldkamer.record.jetstream_keys import JetStreamKeys
from meldkamer.record.signing import open_signers
from meldkamer.steering import proposal_commands
from meldkamer.steering.load import shipped_plan
from meldkamer.steering.repository import init_plan
from tests.nats.opening import accesses, opened
from tests.nats.server import running, single
from tests.network.conftest import REGIONS, House

TELLS = "Beller noemt zijn naam"


def a_house(folder: Path, record: Any, keys: Any) -> House:
    """Rooms over a record and keys that are there already."""
    house = object.__new__(House)
    house.clock, house.ids, house.record, house.keys = FakeClock(), SeededIds("far"), record, keys
    house.sealer = Sealer(EVENT_TYPES, keys)
    house.picture = Picture(lambda entry: house.sealer.decode(entry, frozenset()).event)
    house.handlers = {room: house._handler(room) for room in ("RT", "DH", "LB")}
    house.tasks = [asyncio.create_task(house._follow(folder))]
    return house


@pytest.fixture
async def settings(tmp_path: Path) -> AsyncIterator[Path]:
    """The settings of room RT of a network in which something happened."""
    servers = [single(tmp_path / "core")]
    master = tmp_path / "master.key"
    master.touch(0o600)
    master.write_bytes(os.urandom(32))
    signers, verifier = open_signers(tmp_path / "signing", ("RT", "DH", "LB"))
    init_plan(tmp_path / "plan", shipped_plan())
    with running(servers):
        async with opened(servers, tmp_path / "cache", signers, verifier, regions=REGIONS) as record:
            core, audit = accesses(servers)
            keys = await JetStreamKeys.open(core, tmp_path / "keys", master, replicas=1, create=True)
            house = a_house(tmp_path / "house", record, keys)
            for name in ("RT.112", "RT.P.intake", "RT.P.dispatch", STEERING):
                await house.do("RT", TakeFunction(function=name, to="RT", ground="first"))
            received = call.ReceiveCall(region="RT", call="c1", function="RT.112", channel="sip", number="0612345678")
            await house.do("RT", received)
            await house.do("RT", call.AnswerCall(call="RT/c1"))
            opening = incident_rules.OpenIncident(incident="i1", region="RT", call="RT/c1", disciplines="P")
            await house.do("RT", opening)
            await house.do("RT", incident_rules.WriteNote(incident="RT/i1", line="n1", text=TELLS))
            await house.do("RT", call.EndCall(call="RT/c1", reason="done"))
            await house.do("RT", incident_rules.CloseTrack(incident="RT/i1", discipline="P", code="x"))
            await house.do("RT", ReportProvision(service="C2000", state="down", source="probe"))
            for command in proposal_commands(tmp_path / "plan", "p1", "kalibratie"):
                await house.do("RT", command)
            await house.do("DH", DeclareRoomDown(room="RT", reason="brand"))
            await house.do("DH", TakeFunction(function="RT.112", to="DH", ground="declared", reason="brand"))
            network: dict[str, Any] = {
                "servers": [servers[0].url],
                "regions": list(REGIONS),
                "app": core.seed,
                "audit": audit.seed,
            }
            network |= {"replicas": 1, "master": str(master), "signing": str(tmp_path / "signing")}
            file = tmp_path / "meldkamer.toml"
            rows = "\n".join(f"{key} = {json.dumps(value)}" for key, value in network.items())
            file.write_text(f'data = "data"\nrooms = ["RT"]\n\n[network]\n{rows}\n')
            yield file
            for task in house.tasks:
                task.cancel()
            await asyncio.gather(*house.tasks, return_exceptions=True)
            await keys.close()


async def test_each_command_reads_the_network(
    settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def said(*words: str) -> str:
        assert await asyncio.to_thread(main, words) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    of = ("--data", str(settings))
    found = json.loads(await said("continuity", *of, "--json"))
    assert {f["function"]: f for f in found["functions"]}["RT.112"]["takeovers"] == 1
    assert {s["service"]: s["state"] for s in found["services"]}["C2000"] == "down"
    proof = json.loads(await said("proof", *of, "--json"))
    assert next(m for m in proof["measures"] if m["query"] == "signed")["seen"]["share"] == 1.0
    board = json.loads(await said("plan", "risk", "--record", str(settings), "--json"))
    assert {row["risk"]: row["seen"] for row in board["rows"]}["R-overname"]["count"] == 1
    terms = json.loads(await said("archive", "terms", *of, "--json"))
    assert sum(row["held"] for row in terms["rows"]) > 0
    copied = json.loads(await said("plan", "copy", str(tmp_path / "copy"), *of, "--json"))
    assert [p["state"] for p in copied["proposals"]] == ["proposed"]
    about = ("--creator", "LMS", "--contact", "a@lms.invalid", "--appraisal", "B")
    await said("archive", "export", str(tmp_path / "closed"), *of, *about)
    await said("archive", "export", str(tmp_path / "open"), *of, *about, "--open", "caller")
    texts = {name: "".join(p.read_text() for p in (tmp_path / name).rglob("*.json")) for name in ("closed", "open")}
    assert "0612345678" not in texts["closed"] and "0612345678" in texts["open"]
    await said("plan", "report", "--out", str(tmp_path / "page"), "--record", str(settings))
    await said("plan", "workbook", "--out", str(tmp_path / "plan.xlsx"), "--record", str(settings))


def test_settings_without_a_network_are_told_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "meldkamer.toml"
    file.write_text('data = "data"\nrooms = ["RT"]\n')
    for words in (["continuity"], ["proof"], ["archive", "terms"]):
        assert main([*words, "--data", str(file)]) == 1
        said = capsys.readouterr().err
        assert "no table `[network]`: name the data folder instead" in said and len(said.splitlines()) == 1
