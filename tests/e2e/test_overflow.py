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
    limburg, brabant = scene.rooms["LB"], scene.rooms["OB"]
    anna, caco = limburg.client("anna"), limburg.client("caco")
    there, caco_there = brabant.client("anna"), brabant.client("caco")

    # Limburg's only operator talks; the second caller waits there, until its Caco declares a peak.
    first = limburg.calls("c1", number="0612345601").json()["call"]
    assert tell(anna, "answer_call", call=first).status_code == 200
    second = limburg.calls("c2", number="0612345602").json()["call"]
    until(lambda: row(anna, "LB", second)["rule"] == "queue", limburg.log)
    assert row(there, "OB", second) == {}
    assert tell(caco_there, "declare_peak", room="LB", reason="storm").status_code == 422
    assert tell(caco, "declare_peak", room="LB", reason="storm").status_code == 200
    until(lambda: row(there, "OB", second).get("seat") == "OB-anna", brabant.log)
    offered = row(there, "OB", second)
    assert (offered["rule"], offered["owner"], offered["figures"]["preference"]) == ("overflow_peak", "LB", 4)
    assert tell(there, "answer_call", call=second).status_code == 200
    until(lambda: there.get(f"/api/calls/{second}").json()["caller"]["number"] == "0612345602", brabant.log)
    rooms = {r["room"]: r for r in there.get("/api/picture").json()["rooms"]}
    assert rooms["LB"]["away"] == {"overflow_peak": 1} and rooms["LB"]["peak"]["reason"] == "storm"

    # In the words of NG112, also of rooms that were never there.
    until(lambda: states(there)["RT"] == "Unreachable", brabant.log)
    assert states(there)["LB"] == "MajorIncidentInProgress"
    queue = there.get("/api/ng112?queues=LB.112").json()["queues"][0]
    assert queue["state"] == "Active"
    assert [d["dequeuePreference"] for d in queue["dequeuers"]] == [5, 4]

    # A call of a function that nobody owns reaches somebody as well.
    assert tell(there, "end_call", call=second).status_code == 200
    third = limburg.calls("c3", function="RT.112").json()["call"]
    until(lambda: row(there, "OB", third).get("seat") == "OB-anna", limburg.log)
    assert (row(there, "OB", third)["rule"], row(there, "OB", third)["owner"]) == ("unowned", "")
    assert tell(there, "answer_call", call=third).status_code == 200


def states(client: httpx.Client) -> dict[str, str]:
    """Service state of every room."""
    found = client.get("/api/ng112").json()["services"]
    return {s["service"]["serviceId"]: s["serviceState"]["state"] for s in found}
