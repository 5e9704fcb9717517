"""The figures of a room: who may read them, in which form, and that an old figure is never given as a new one."""

from __future__ import annotations

import asyncio
import math

import pytest
from prometheus_client.parser import text_string_to_metric_families

from meldkamer.desk.metrics import Metrics
from meldkamer.domain import call
from meldkamer.domain.clock import FakeClock
from meldkamer.prometheus import Family, Histogram, Sample, exposition
from meldkamer.record import Fence, Fenced, NewEvent, Write

from .conftest import TestRoom

Found = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(text: str) -> Found:
    """The figures as another program reads them: name and labels -> value."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def figures(room: TestRoom) -> Found:
    answer = await room.client("waker").get("/metrics")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return read(answer.text)


async def test_only_monitoring_and_administrators_read_the_figures(app_room: TestRoom) -> None:
    assert (await app_room.client().get("/metrics")).status_code == 401
    for machine in ("centrale", "wagens", "keten", "wegwijzer", "robot"):
        assert (await app_room.client(machine).get("/metrics")).status_code == 403, machine
    for person in ("anna", "caco", "hoofd", "lezer"):
        assert (await (await app_room.signed_in(person)).get("/metrics")).status_code == 403, person
    assert (await (await app_room.signed_in("beheer")).get("/metrics")).status_code == 200
    watch = app_room.client("waker")
    assert (await watch.get("/metrics")).headers["cache-control"] == "no-store"
    assert (await watch.post("/metrics")).status_code == 405
    head = await watch.head("/metrics")
    assert (head.status_code, head.content) == (200, b"")


async def test_what_was_stored_refused_and_answered_is_counted(app_room: TestRoom) -> None:
    await app_room.an_incident()
    with pytest.raises(Fenced):
        event = NewEvent(id="x", type="t", body=b"\x80", occurred=1, recorded=1, room="RT", actor="x")
        await app_room.record.append("RT", [Write("ev.RT.incident.9", (event,), 0)], [Fence("RT.B.dispatch", 1, 9_999)])
    await app_room.do(call.ReceiveCall(call="c2", region="RT", function="RT.112", channel="112"))
    await app_room.clock.pump(12)
    await app_room.do(call.AnswerCall(call="RT/c2"))
    await app_room.monitoring.watch.look()
    found = await figures(app_room)
    appends = {labels[0][1]: n for (name, labels), n in found.items() if name == "meldkamer_record_appends_total"}
    assert appends["fenced"] == 1 and appends["safe"] >= 10 and appends["unknown"] == appends["conflict"] == 0
    rt = (("region", "RT"),)
    assert found["meldkamer_record_tail", rt] == await app_room.record.tail("RT")
    assert found["meldkamer_record_behind", rt] == 0
    assert found["meldkamer_record_stored_age_seconds", ()] == 0
    buckets = {dict(k)["le"]: n for (name, k), n in found.items() if name == "meldkamer_call_answer_seconds_bucket"}
    assert (buckets["10.0"], buckets["15.0"], buckets["+Inf"]) == (1, 2, 2)
    assert found["meldkamer_call_answer_seconds_sum", rt] == 12
    assert found["meldkamer_room_state", (("room", "RT"), ("state", "up"))] == 1
    assert found["meldkamer_lease_seen_age_seconds", (("room", "RT"),)] == 1
    assert ("meldkamer_lease_seen_age_seconds", (("room", "LB"),)) not in found, "never seen is not zero"
    assert found["meldkamer_health_state", (("check", "heart-beat"), ("state", "fine"))] == 1
    assert ("meldkamer_build_info", tuple(sorted({**ABOUT, "pack": app_room.services.pack.hash[:16]}.items()))) in found
    assert found["process_resident_memory_bytes", ()] > 1_000_000
    assert {value for (name, _), value in found.items() if name == "meldkamer_source_up"} == {1}


ABOUT = {"version": "0", "settings": ""}


async def test_before_the_first_look_health_is_not_up_rather_than_fine(app_room: TestRoom) -> None:
    found = await figures(app_room)
    assert found["meldkamer_source_up", (("source", "health"),)] == 0
    assert not [name for name, _ in found if name == "meldkamer_health_state"]


async def test_a_source_that_fails_or_hangs_leaves_its_figures_out_and_says_how_old_they_are() -> None:
    clock = FakeClock()
    broken = False

    async def good() -> list[Family]:
        return [Family("m_a", "gauge", "A.", (Sample(1.0),))]

    async def moody() -> list[Family]:
        if broken:
            await clock.wait(60)
        return [Family("m_b", "gauge", "B.", (Sample(2.0),))]

    metrics = Metrics([("good", good), ("moody", moody)], clock)
    assert read(await metrics.text())["m_b", ()] == 2
    broken = True
    await clock.pump(10)
    asked = asyncio.create_task(metrics.text())
    await clock.pump(2)
    found = read(await asked)
    assert found["m_a", ()] == 1 and ("m_b", ()) not in found
    assert found["meldkamer_source_up", (("source", "moody"),)] == 0
    assert found["meldkamer_source_age_seconds", (("source", "moody"),)] == 12
    assert found["meldkamer_source_age_seconds", (("source", "good"),)] == 2, "gathered before the other was given up"


def test_the_text_is_what_the_format_says_also_for_hostile_names() -> None:
    nasty = 'a"b\\c\nd{}=,'
    text = exposition(
        [
            Family("x_total", "counter", "Help with \\ and\nnew line.", (Sample(3, {"room": nasty}),)),
            Family("y", "gauge", "Odd values.", (Sample(math.inf, {"n": "1"}), Sample(-0.5, {"n": "2"}))),
            Family("x_total", "counter", "The same again.", (Sample(4, {"room": "b"}),)),
        ]
    )
    found = read(text)
    assert found["x_total", (("room", nasty),)] == 3 and found["x_total", (("room", "b"),)] == 4
    assert found["y", (("n", "1"),)] == math.inf and found["y", (("n", "2"),)] == -0.5
    assert text.count("# TYPE x_total counter\n") == 1 and text.endswith("\n")
    for bad in (Family("a b", "gauge", "", ()), Family("a", "gauge", "", (Sample(1, {"b-c": "d"}),))):
        with pytest.raises(ValueError, match="not a name"):
            exposition([bad])


def test_a_histogram_adds_up_and_a_value_on_the_bound_is_below_it() -> None:
    histogram = Histogram((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 9.0):
        histogram.add(value)
    found = {(s.suffix, s.labels.get("le")): s.value for s in histogram.samples({})}
    assert found == {
        ("_bucket", "1.0"): 2,
        ("_bucket", "2.0"): 3,
        ("_bucket", "+Inf"): 4,
        ("_sum", None): 12.0,
        ("_count", None): 4,
    }
