"""Limburg is cut off from the core: it goes on by itself, dies and starts alone, and is back with everything."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from meldkamer.domain.clock import SystemClock
from meldkamer.drill.proxy import BLACK_HOLE, CLEAR, Proxy, Weather

from .real_room import until
from .test_two_rooms import Scene, owners, tell

ALONE_SECONDS, TAKEN_OVER_SECONDS = 7.0, 14.0
UNIT, OTHER = "LB/24-0101", "LB/24-0102"
pytestmark = pytest.mark.timeout(300)


class Link:
    """The line from Limburg's application to the core, in a thread with a loop of its own."""

    def __init__(self, target: int) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._proxy = Proxy(target, SystemClock(), random.Random(1))
        asyncio.run_coroutine_threadsafe(self._proxy.start(), self._loop).result(10)
        self.port = self._proxy.port

    def set(self, weather: Weather) -> None:
        self._loop.call_soon_threadsafe(self._proxy.set, weather)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._proxy.close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[tuple[Scene, Link]]:
    made = Scene(tmp_path / "net", core="OB")
    link = Link(made.network.site("OB").ports.core)
    try:
        settings = made.rooms["LB"].file
        there = f":{made.network.site('OB').ports.core}"
        assert there in settings.read_text()
        settings.write_text(settings.read_text().replace(there, f":{link.port}"))
        made.start()
        yield made, link
    finally:
        made.end()
        link.close()


def register(client: httpx.Client, unit: str) -> None:
    _, _, call_sign = unit.partition("/")
    answer = tell(
        client,
        "register_unit",
        region="LB",
        call_sign=call_sign,
        discipline="B",
        kind="TS",
        function="LB.B.dispatch",
    )
    assert answer.status_code == 200, answer.text


def notes(client: httpx.Client, incident: str) -> list[str]:
    return [note["text"] for note in client.get(f"/api/incidents/{incident}").json()["notes"]]


def conflicts(client: httpx.Client, incident: str) -> list[dict[str, Any]]:
    found = client.get(f"/api/incidents/{incident}").json()["conflicts"]
    return sorted(found, key=lambda one: str(one["about"]))


def write(client: httpx.Client, incident: str, text: str) -> str:
    answer = tell(client, "write_note", incident=incident, line=text.replace(" ", "-").replace(".", "-"), text=text)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["outcome"])


def test_a_room_that_is_cut_off_goes_on_and_is_back_with_everything(scene: tuple[Scene, Link]) -> None:
    both, link = scene
    limburg, brabant = both.rooms["LB"], both.rooms["OB"]
    anna, there = limburg.client("anna"), brabant.client("anna")
    for unit in (UNIT, OTHER):
        register(limburg.client("beheer"), unit)
    assert tell(anna, "report_status", unit=UNIT, code="1").status_code == 200
    assert tell(anna, "open_incident", incident="i1", region="LB", disciplines="B", priority=2).status_code == 200
    incident = "LB/i1"
    assert write(anna, incident, "before the cut") == "SAFE"
    until(lambda: notes(there, incident) == ["before the cut"], brabant.log)

    # Nothing gets through any more. Limburg notices, says so, and goes on.
    cut = time.monotonic()
    link.set(BLACK_HOLE)
    until(lambda: write(anna, incident, f"try {time.monotonic()}") == "LOCAL", limburg.log, 30)
    assert time.monotonic() - cut <= ALONE_SECONDS
    [own] = [row for row in anna.get("/api/picture").json()["rooms"] if row["room"] == "LB"]
    assert own["alone"]
    assert write(anna, incident, "alone") == "LOCAL"
    assert {"before the cut", "alone"} <= set(notes(anna, incident))  # the first one from the room's own copy
    call = limburg.calls("c1", number="0687654321", name="Kanarievogel").json()["call"]
    assert anna.get(f"/api/calls/{call}").json()["caller"]["number"] == "0687654321"  # by a key made here alone
    refused = tell(anna, "assign_unit", unit=UNIT, assignment="a1", incident=incident)
    assert refused.json()["code"] == "unit.room_alone", refused.text
    ordered = tell(anna, "assign_unit", unit=UNIT, assignment="a1", incident=incident, alone=True, override="x")
    assert ordered.json()["outcome"] == "LOCAL", ordered.text
    assert tell(anna, "prioritise", incident=incident, disciplines="B", priority=3).json()["outcome"] == "LOCAL"
    assert tell(anna, "close_track", incident=incident, discipline="B", code="klaar").json()["outcome"] == "LOCAL"
    assert not anna.get(f"/api/incidents/{incident}").json()["incident"]["closed"]

    # Oost-Brabant serves its functions by then, and decides something else.
    until(lambda: set(owners(there).values()) == {"OB"}, brabant.log, 30)
    assert time.monotonic() - cut <= TAKEN_OVER_SECONDS + 5  # what was tried above took its time
    assert tell(there, "prioritise", incident=incident, disciplines="B", priority=1).status_code == 200
    refused = tell(there, "assign_unit", unit=OTHER, assignment="a2", incident=incident)
    assert refused.json()["code"] == "unit.maybe_in_use", refused.text

    # Killed in the middle of it, it starts without the others and knows everything.
    limburg.kill()
    limburg.start()
    anna = limburg.client("anna")
    assert {"before the cut", "alone"} <= set(notes(anna, incident))
    assert write(anna, incident, "started alone") == "LOCAL"
    assert anna.get(f"/api/calls/{call}").json()["caller"]["number"] == "0687654321"

    # The line stands again: everything is there, once, in both rooms, and one conflict waits for a person.
    link.set(CLEAR)
    until(lambda: write(anna, incident, f"again {time.monotonic()}") == "SAFE", limburg.log, 60)
    until(lambda: "started alone" in notes(there, incident), brabant.log)
    until(lambda: notes(there, incident) == notes(anna, incident), brabant.log)
    assert len(notes(there, incident)) == len(set(notes(there, incident)))
    assert there.get(f"/api/calls/{call}").json()["caller"]["number"] == "0687654321"
    assert conflicts(there, incident) == conflicts(anna, incident)
    closing, priority = conflicts(there, incident)
    assert (closing["about"], priority["about"]) == ("closing_alone_B", "island_priority_B")
    assert (priority["kept"], priority["other"]) == ("1", "3")
    for conflict, choice in ((closing, "kept"), (priority, "other")):
        decided = tell(there, "resolve_conflict", incident=incident, conflict=conflict["conflict"], choice=choice)
        assert decided.status_code == 200, decided.text
    until(lambda: all(one["choice"] for one in conflicts(anna, incident)), limburg.log)
    assert anna.get(f"/api/incidents/{incident}").json()["incident"]["tracks"]["B"]["priority"] == 3
    [own] = [row for row in there.get("/api/picture").json()["rooms"] if row["room"] == "LB"]
    assert not own["alone"] and own["state"] == "up"
    report = asyncio.run(both.verify())
    assert report.ok, report
