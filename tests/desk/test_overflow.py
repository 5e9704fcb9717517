"""What rooms see of each other's load: a call that comes from elsewhere, why it comes, and who takes calls of what."""

from __future__ import annotations

from typing import Any

from meldkamer.domain import call, desk, peak
from meldkamer.domain.basics import Context
from meldkamer.domain.call import CallAbandoned, CallOffered, Figures

from .conftest import TestRoom
from .test_live import Room, room
from .world import settle

__all__ = ["room"]

OFFERED = CallOffered(
    room="RT", seat="RT-1", rule="overflow_time", owner="LB", figures=Figures(waited=20.0, limit=20.0, preference=4)
)


def rows(found: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    return [(r["ref"], r["row"] and r["row"]["room"]) for f in found for r in f["rows"]]


async def test_a_call_that_another_room_sends_here_is_seen_here_until_it_goes(room: Room) -> None:
    here = await room.desk("RT")
    room.world.a_call("LB/c1")
    await settle()
    assert here.of("ev") == []
    room.world.store("ev.LB.call.c1", OFFERED)
    await settle()
    row = here.of("ev")[-1]["rows"][0]["row"]
    assert (row["rule"], row["owner"], row["figures"]["waited"]) == ("overflow_time", "LB", 20.0)
    room.world.store("ev.LB.call.c1", CallOffered(room="LB", rule="queue", owner="LB"))
    room.world.store("ev.LB.call.c1", CallAbandoned())
    await settle()
    assert rows(here.of("ev")) == [("LB/c1", "RT"), ("LB/c1", None)], "what happens to it elsewhere is not of here"


async def test_who_was_away_finds_what_came_and_not_what_left_again(room: Room) -> None:
    for id in ("c1", "c2", "c3"):
        room.world.a_call(f"LB/{id}")
    for id in ("c1", "c2"):
        room.world.store(f"ev.LB.call.{id}", OFFERED)
    room.world.store("ev.LB.call.c2", CallOffered(room="LB", rule="queue", owner="LB"))
    here = await room.desk("RT", after={"LB": 0})
    assert sorted(rows(here.of("ev")), key=str) == [("LB/c1", "RT"), ("LB/c2", None), ("LB/c3", None)]


async def test_the_picture_holds_calls_that_came_from_elsewhere(app_room: TestRoom) -> None:
    await app_room.own("LB.112", room="LB")
    for id in ("c1", "c2"):
        await app_room.do(call.ReceiveCall(call=id, region="LB", function="LB.112", channel="112"), room="LB")
    offer = call.OfferCall(call="LB/c1", room="RT", seat="RT-1", rule="overflow_peak", owner="LB")
    await app_room.do(offer, room="LB")
    anna = await app_room.signed_in("anna", "RT-1")
    picture = (await anna.get("/api/picture?regions=RT")).json()
    assert [c["ref"] for c in picture["calls"]] == ["LB/c1"]
    limburg = next(r for r in picture["rooms"] if r["room"] == "LB")
    assert limburg["away"] == {"overflow_peak": 1} and limburg["calls_waiting"] == 1
    answered = await anna.post(
        "/api/commands", json={"command_id": "0" * 32, "command": {"type": "answer_call", "call": "LB/c1"}}
    )
    assert answered.status_code == 200
    context = Context(now=app_room.clock.now(), actor="anna", room="RT", seat="RT-1")
    await app_room.handler.do(call.EndCall(call="LB/c1"), command_id="1" * 32, context=context)
    assert [c["ref"] for c in (await anna.get("/api/picture?regions=RT")).json()["calls"]] == ["LB/c1"], "her own call"
    bram = await app_room.signed_in("bram")
    assert (await bram.get("/api/picture?regions=RT")).json()["calls"] == []


async def test_a_room_shows_why_its_calls_go_on_and_what_nobody_may_answer(app_room: TestRoom) -> None:
    await app_room.own("RT.112")
    await app_room.do(peak.DeclarePeak(room="RT", reason="storm"), actor="caco")
    note = peak.NoteOverflow(room="RT", kind="112", open=True, waiting=5, seats=2, limit=2.0)
    await app_room.do(note)
    await app_room.do(call.ReceiveCall(call="c1", region="RT", function="RT.112", channel="112"))
    caco = await app_room.signed_in("caco", "RT-9")

    async def here() -> dict[str, Any]:
        found = (await caco.get("/api/picture?regions=RT")).json()["rooms"]
        return dict(next(r for r in found if r["room"] == "RT"))

    row = await here()
    assert (row["peak"]["by"], row["peak"]["reason"]) == ("caco", "storm")
    assert [(o["kind"], o["waiting"], o["seats"], o["limit"]) for o in row["overflows"]] == [("112", 5, 2, 2.0)]
    assert (row["service"], row["stuck"]) == ("Overloaded", 1)
    await app_room.do(desk.SignIn(room="LB", seat="LB-1", qualified=("112",)), room="LB")
    assert (await here())["stuck"] == 0, "somebody in Limburg may answer it"
    await app_room.do(call.AbandonCall(call="RT/c1"))
    assert (await here())["call_backs"] == 1
    await app_room.do(call.CallBack(call="RT/c1", result="no_answer"))
    assert (await here())["call_backs"] == 1
    await app_room.do(call.CallBack(call="RT/c1", result="reached"))
    assert (await here())["call_backs"] == 0


async def test_a_caco_declares_a_peak_for_the_own_room_only(app_room: TestRoom) -> None:
    caco, anna = await app_room.signed_in("caco"), await app_room.signed_in("anna")

    async def give(who: Any, n: str, **command: str) -> tuple[int, str]:
        answer = await who.post("/api/commands", json={"command_id": n * 32, "command": command})
        return answer.status_code, answer.json().get("code", "")

    assert (await give(anna, "a", type="declare_peak", room="RT", reason="storm"))[0] == 403
    assert await give(caco, "b", type="declare_peak", room="LB", reason="storm") == (422, "desk.not_your_room")
    assert (await give(caco, "c", type="declare_peak", room="RT", reason=""))[0] == 422
    assert (await give(caco, "d", type="declare_peak", room="RT", reason="storm"))[0] == 200
    assert app_room.picture.desk("RT").peak is not None
    assert (await give(caco, "e", type="end_peak", room="RT"))[0] == 200
    assert app_room.picture.desk("RT").peak is None


async def test_telephony_finds_rooms_and_queues_in_its_own_words(app_room: TestRoom) -> None:
    await app_room.own("RT.112")
    await app_room.do(desk.SignIn(room="RT", seat="RT-1", qualified=("112",)))
    await app_room.do(desk.SignIn(room="LB", seat="LB-1", qualified=("112", "B.intake")), room="LB")
    await app_room.do(peak.DeclarePeak(room="LB", reason="hoog water"), room="LB")
    await app_room.do(call.ReceiveCall(call="c1", region="RT", function="RT.112", channel="112"))
    telephony = app_room.client("centrale")
    found = (await telephony.get("/api/ng112?queues=RT.112,QQ.B.intake,RT.A.intake")).json()
    queue, unknown, nobody = found["queues"]
    assert (queue["state"], queue["queueLength"], queue["queueMaxLength"]) == ("Active", 1, 2)
    assert queue["queueUri"] == "sip:RT.112@meldkamer.invalid"
    assert queue["dequeuers"] == [
        {
            "queueUri": queue["queueUri"],
            "dequeuerUri": f"sip:{room}@meldkamer.invalid",
            "expirationTime": 12,
            "dequeuePreference": preference,
        }
        for room, preference in (("RT", 5), ("LB", 1))
    ]
    assert (unknown["state"], [d["dequeuerUri"][:6] for d in unknown["dequeuers"]]) == ("Standby", ["sip:LB"])
    assert (nobody["state"], nobody["dequeuers"]) == ("Inactive", [])
    states = {s["service"]["serviceId"]: s["serviceState"] for s in found["services"]}
    assert states["LB"] == {"state": "MajorIncidentInProgress", "reason": "hoog water"}
    assert (states["RT"]["state"], states["AD"]["state"]) == ("Normal", "Unstaffed")
    assert len((await telephony.get("/api/ng112")).json()["queues"]) == len(app_room.pack.functions)
    assert (await app_room.client("keten").get("/api/ng112")).status_code == 403
