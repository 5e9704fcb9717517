"""Two real rooms over one core: a peak in one lets its calls ring in the other, and no call waits unheard."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from .real_room import until
from .test_two_rooms import Scene, scene, tell

__all__ = ["scene"]
pytestmark = pytest.mark.timeout(240)


def row(client: httpx.Client, region: str, ref: str) -> dict[str, Any]:
    """A call as the desk of a room that follows this region sees it; empty when it does not."""
    found = client.get(f"/api/picture?regions={region}").json()["calls"]
    return next((dict(call) for call in found if call["ref"] == ref), {})


def test_calls_go_on_to_the_other_room_and_every_room_knows_why(scene: Scene) -> None:
    rotterdam, den_haag = scene.rooms["RT"], scene.rooms["DH"]
    anna, caco = rotterdam.client("anna"), rotterdam.client("caco")
    hague, hague_caco = den_haag.client("anna"), den_haag.client("caco")

    # Rotterdam's only operator talks; the second caller waits there, until its Caco declares a peak.
    first = rotterdam.calls("c1", number="0612345601").json()["call"]
    assert tell(anna, "answer_call", call=first).status_code == 200
    second = rotterdam.calls("c2", number="0612345602").json()["call"]
    until(lambda: row(anna, "RT", second)["rule"] == "queue", rotterdam.log)
    assert row(hague, "DH", second) == {}
    assert tell(hague_caco, "declare_peak", room="RT", reason="storm").status_code == 422
    assert tell(caco, "declare_peak", room="RT", reason="storm").status_code == 200
    until(lambda: row(hague, "DH", second).get("seat") == "DH-anna", den_haag.log)
    offered = row(hague, "DH", second)
    assert (offered["rule"], offered["owner"], offered["figures"]["preference"]) == ("overflow_peak", "RT", 4)
    assert tell(hague, "answer_call", call=second).status_code == 200
    until(lambda: hague.get(f"/api/calls/{second}").json()["caller"]["number"] == "0612345602", den_haag.log)
    rooms = {r["room"]: r for r in hague.get("/api/picture").json()["rooms"]}
    assert rooms["RT"]["away"] == {"overflow_peak": 1} and rooms["RT"]["peak"]["reason"] == "storm"

    # In the words of NG112, also of rooms that were never there.
    until(lambda: states(hague)["LB"] == "Unreachable", den_haag.log)
    assert states(hague)["RT"] == "MajorIncidentInProgress"
    queue = hague.get("/api/ng112?queues=RT.112").json()["queues"][0]
    assert queue["state"] == "Active"
    assert [d["dequeuePreference"] for d in queue["dequeuers"]] == [5, 4]

    # A call of a function that nobody owns reaches somebody as well.
    assert tell(hague, "end_call", call=second).status_code == 200
    third = rotterdam.calls("c3", function="LB.112").json()["call"]
    until(lambda: row(hague, "DH", third).get("seat") == "DH-anna", rotterdam.log)
    assert (row(hague, "DH", third)["rule"], row(hague, "DH", third)["owner"]) == ("unowned", "")
    assert tell(hague, "answer_call", call=third).status_code == 200


def states(client: httpx.Client) -> dict[str, str]:
    """Service state of every room."""
    found = client.get("/api/ng112").json()["services"]
    return {s["service"]["serviceId"]: s["serviceState"]["state"] for s in found}
