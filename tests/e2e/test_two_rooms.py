"""Two real rooms over one core server: what one makes the other reads, and goes on with when its room is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from meldkamer.domain.clock import RandomIds
from meldkamer.network.sites.keyring import SIGNING
from meldkamer.network.sites.model import Network, Ports, Site
from meldkamer.pack import load_pack
from meldkamer.record import read_public
from meldkamer.record.jetstream import JetStreamRecord
from meldkamer.record.jetstream_source import verify_streams
from meldkamer.record.signing import Verifier
from meldkamer.record.verify import Report
from tests.nats.server import free_ports
from tests.network.sites.running import Running, access, written

from .real_room import RealRoom, until

NUMBER, NAME = "0612345678", "Kanarievogel-Jansen"
TAKEN_OVER_SECONDS = 14.0
pytestmark = pytest.mark.timeout(240)
_ids = RandomIds()


class SiteRoom(RealRoom):
    """The application of a site, with the settings that `network init` wrote."""

    people = (("anna", ("CTL-112", "CTL-B")), ("caco", ("CACO",)), ("beheer", ("FB",)))

    def __init__(self, site: Path) -> None:
        self.room, self.folder, self.file = site.name, site, site / "meldkamer.toml"
        self.data = site / "data" / "application"
        self.url, self.process, self._starts = "", None, 0

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(20)


def sites(core: str) -> Network:
    """Limburg, and Oost-Brabant, its first buddy; one has the core server. In the other regions nobody works."""
    ports = free_ports(10)
    made = tuple(
        Site(
            code=code,
            rooms=(code,),
            host="127.0.0.1",
            listen="127.0.0.1",
            core=code == core,
            ports=Ports(**dict(zip(("core", "cluster", "leaf", "room", "desk"), ports[5 * n :], strict=False))),
        )
        for n, code in enumerate(("LB", "OB"))
    )
    regions = {region.code: "LB" if region.code == "LB" else "OB" for region in load_pack().regions}
    return Network(name="test", regions=regions, sites=made)


class Scene:
    """One core server, two room servers and two rooms, ended at the end."""

    def __init__(self, folder: Path, core: str = "LB") -> None:
        self.network = sites(core)
        self.keys = written(folder, self.network)
        self.server = Running(folder, self.network)
        self.rooms = {site.code: SiteRoom(self.keys.site(site.code)) for site in self.network.sites}

    def start(self) -> None:
        self.server.wait_for("the network is up")
        for room in self.rooms.values():
            room.accounts()
            room.start()

    def end(self) -> None:
        for room in self.rooms.values():
            room.stop()
        self.server.end()

    async def verify(self) -> Report:
        """What stands in the streams, read by somebody who has only the rooms' public keys."""
        verifier = Verifier(read_public(self.keys.operator / SIGNING))
        server = next(self.network.servers())
        core, audit = access(self.keys, "OB", server), access(self.keys, "OB", server, seed="audit")
        cache = self.keys.root / "verifying"
        record = await JetStreamRecord.open(core, audit, cache, regions=list(self.network.regions), replicas=1)
        try:
            return await verify_streams(record, verifier, require_signatures=True)
        finally:
            await record.close()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path / "net")
    try:
        made.start()
        yield made
    finally:
        made.end()


def tell(client: httpx.Client, type_: str, **fields: Any) -> httpx.Response:
    return client.post("/api/commands", json={"command_id": _ids.new(), "command": {"type": type_, **fields}})


def owners(client: httpx.Client) -> dict[str, str]:
    """Which room serves each of Limburg's functions, as this room sees it."""
    rows = client.get("/api/picture").json()["functions"]
    return {row["name"]: row["owner"] for row in rows if row["home"] == "LB"}


def test_a_lost_room_is_taken_over_with_all_it_knew_and_comes_back(scene: Scene) -> None:
    limburg, brabant = scene.rooms["LB"], scene.rooms["OB"]
    anna, there = limburg.client("anna"), brabant.client("anna")

    # An incident of a call, made in Limburg; Oost-Brabant reads who called.
    call = limburg.calls("c1", number=NUMBER, name=NAME).json()["call"]
    assert tell(anna, "answer_call", call=call).status_code == 200
    opened = tell(anna, "open_incident", incident="i1", region="LB", disciplines="B", call=call)
    assert opened.status_code == 200 and opened.json()["outcome"] == "SAFE", opened.text
    incident = "LB/i1"
    until(lambda: there.get(f"/api/incidents/{incident}").status_code == 200, brabant.log)
    until(lambda: there.get(f"/api/calls/{call}").json()["caller"]["number"] == NUMBER, brabant.log)
    assert set(owners(there).values()) == {"LB"}
    assert tell(there, "close_track", incident=incident, discipline="B", code="afg").status_code != 200

    # Limburg is lost. Oost-Brabant serves its functions, and its operator closes the incident.
    lost = time.monotonic()
    limburg.kill()
    until(lambda: set(owners(there).values()) == {"OB"}, brabant.log, 30)
    assert time.monotonic() - lost <= TAKEN_OVER_SECONDS
    assert there.get(f"/api/calls/{call}").json()["caller"]["name"] == NAME
    closed = tell(there, "close_track", incident=incident, discipline="B", code="afg")
    assert closed.status_code == 200 and closed.json()["outcome"] == "SAFE", closed.text

    # It comes back, sees what was done, and gets its functions only when both agree.
    limburg.start()
    anna, own_caco, caco = limburg.client("anna"), limburg.client("caco"), brabant.client("caco")
    until(lambda: anna.get(f"/api/incidents/{incident}").json()["incident"]["closed"] is not None, limburg.log)
    assert set(owners(anna).values()) == {"OB"}
    assert tell(caco, "propose_transfer", function="LB.B.dispatch", to="LB").status_code == 200
    assert tell(caco, "answer_transfer", function="LB.B.dispatch", agree=True).status_code != 200
    agree = {"function": "LB.B.dispatch", "agree": True}
    until(lambda: tell(own_caco, "answer_transfer", **agree).status_code == 200, limburg.log)
    until(lambda: owners(anna)["LB.B.dispatch"] == owners(there)["LB.B.dispatch"] == "LB", limburg.log)
    assert owners(there)["LB.112"] == "OB"

    report = asyncio.run(scene.verify())
    assert report.ok and report.events and not report.unsigned, report

    # Neither a record of its own, nor who called in clear text anywhere: not at the core, not in a room.
    files = [path for path in scene.keys.root.rglob("*") if path.is_file()]
    assert not [path for path in files if path.name == "record.sqlite"]
    assert not [path for path in files if NUMBER.encode() in path.read_bytes()]
