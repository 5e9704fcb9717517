"""The picture folds in order, holds no personal field, forgets only what is over, and survives its own snapshot."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from meldkamer.domain import alert, call, incident, road, unit
from meldkamer.domain.basics import Event, Location
from meldkamer.network.picture import Change, Picture, kind_and_ref, split_number
from meldkamer.record import Entry, NewEvent

NOW = 1_767_225_600_000


class Feed:
    """Numbers events as a record would, and keeps the decoded ones beside the entries."""

    def __init__(self) -> None:
        self.seq: dict[str, int] = {}
        self.versions: dict[str, int] = {}
        self.events: dict[str, Event] = {}

    def entry(self, subject: str, event: Event, occurred: int = NOW) -> Entry:
        region = subject.split(".")[1]
        self.seq[region] = self.seq.get(region, 0) + 1
        self.versions[subject] = self.versions.get(subject, 0) + 1
        id = f"{region}{self.seq[region]}"
        self.events[id] = event
        new = NewEvent(id=id, type="x", body=b"", occurred=occurred, recorded=occurred, room="RT", actor="a")
        return Entry(
            region=region,
            seq=self.seq[region],
            subject=subject,
            version=self.versions[subject],
            event=new,
            batch=id,
            n=0,
            of=1,
            previous=b"",
            hash=b"",
        )

    def decode(self, entry: Entry) -> Event:
        return self.events[entry.event.id]


def opened(number: str = "RT-7") -> incident.IncidentOpened:
    return incident.IncidentOpened(number=number, location=Location(text="Coolsingel"))


def registered() -> unit.UnitRegistered:
    return unit.UnitRegistered(discipline="B", kind="TS", function="RT.B.dispatch")


def assigned(incident_ref: str = "RT/i1") -> unit.UnitAssigned:
    return unit.UnitAssigned(assignment="a1", incident=incident_ref, number="RT-7", priority=1, by="x")


def drawn(until: int) -> road.RoadClosed:
    return road.RoadClosed(points=((0.0, 0.0),), radius=5.0, until=until, by="x")


def scene() -> tuple[Feed, Picture]:
    feed = Feed()
    picture = Picture(feed.decode)
    for subject, event in [
        ("ev.RT.incident.i1", opened()),
        ("ev.RT.incident.i1", incident.TrackStarted(discipline="B", priority=1)),
        ("ev.RT.unit.17-0131", registered()),
        ("ev.RT.unit.17-0131", assigned()),
    ]:
        picture.apply(feed.entry(subject, event))
    return feed, picture


def test_units_at_an_incident_follow_their_orders() -> None:
    feed, picture = scene()
    assert [u.call_sign for u in picture.units_at("RT/i1")] == ["17-0131"]
    picture.apply(feed.entry("ev.RT.unit.17-0131", unit.AssignmentEnded(assignment="a1", why="done")))
    assert list(picture.units_at("RT/i1")) == []


def test_listeners_hear_each_event_once_and_in_order() -> None:
    feed = Feed()
    picture = Picture(feed.decode)
    heard: list[Change] = []
    picture.listen(heard.append)
    picture.apply(feed.entry("ev.RT.incident.i1", opened()))
    picture.apply(feed.entry("ev.RT.incident.i1", incident.TrackStarted(discipline="B", priority=1)))
    assert [(c.entry.seq, c.kind, c.ref) for c in heard] == [(1, "incident", "RT/i1"), (2, "incident", "RT/i1")]
    assert heard[0].before is None and heard[1].before == heard[0].after


async def test_a_writer_waits_until_its_own_write_is_folded() -> None:
    feed = Feed()
    picture = Picture(feed.decode)
    waiting = asyncio.create_task(picture.reached("RT", 2))
    picture.apply(feed.entry("ev.RT.incident.i1", opened()))
    await asyncio.sleep(0)
    assert not waiting.done()
    picture.apply(feed.entry("ev.RT.incident.i2", opened("RT-8")))
    await waiting


def test_only_what_is_over_is_forgotten() -> None:
    feed, picture = scene()
    picture.apply(feed.entry("ev.RT.call.c1", call.CallReceived(function="RT.112", channel="112")))
    picture.apply(feed.entry("ev.RT.call.c2", call.CallReceived(function="RT.112", channel="112")))
    picture.apply(feed.entry("ev.RT.call.c2", call.CallAbandoned()))
    assert picture.forget(NOW + 1) == 0
    picture.apply(feed.entry("ev.RT.call.c2", call.CallBackTried(result="reached", by="x")))
    picture.apply(feed.entry("ev.RT.incident.i1", incident.TrackClosed(discipline="B", code="x", by="x")))
    assert picture.forget(NOW + 1) == 1, "the call is over; the incident still has a unit on its way"
    picture.apply(feed.entry("ev.RT.unit.17-0131", unit.AssignmentEnded(assignment="a1", why="done")))
    assert picture.forget(NOW + 1) == 1
    assert set(picture.calls) == {"RT/c1"} and not picture.incidents


def test_a_closure_of_a_road_is_forgotten_after_its_end_or_when_it_was_taken_back() -> None:
    feed, picture = scene()
    picture.apply(feed.entry("ev.RT.road.r1", drawn(NOW + 60_000)))
    picture.apply(feed.entry("ev.RT.road.r2", drawn(NOW + 60_000)))
    picture.apply(feed.entry("ev.RT.road.r2", road.RoadOpened(by="x")))
    assert picture.forget(NOW + 1) == 1 and set(picture.roads) == {"RT/r1"}
    assert "ev.RT.road.r2" not in picture.versions
    late = feed.entry("ev.RT.road.r2", drawn(NOW + 60_000))
    assert picture.missing(late)
    assert picture.forget(NOW + 60_001) == 1 and not picture.roads


def test_a_snapshot_gives_the_same_picture() -> None:
    feed, picture = scene()
    picture.apply(
        feed.entry(
            "ev.RT.alert.x1",
            alert.AlertOrdered(
                unit="RT/17-0131", assignment="a1", incident="RT/i1", number="RT-7", priority=1, text="P1", epoch=1
            ),
        )
    )
    picture.apply(feed.entry("ev.RT.road.r1", drawn(NOW + 60_000)))
    again = Picture(feed.decode)
    again.from_snapshot(picture.positions, picture.to_snapshot())
    for name in (
        "incidents",
        "units",
        "alerts",
        "roads",
        "versions",
        "positions",
        "numbers",
        "at_incident",
        "alert_of",
    ):
        assert getattr(again, name) == getattr(picture, name), name


def test_a_torn_snapshot_is_an_error_and_not_half_a_picture() -> None:
    _, picture = scene()
    with pytest.raises(msgspec.MsgspecError):
        Picture(lambda e: opened()).from_snapshot({}, picture.to_snapshot()[:-3])


@pytest.mark.parametrize(
    ("subject", "kind", "ref"),
    [
        ("ev.RT.call.5f", "call", "RT/5f"),
        ("ev.RT.function.RT.B.dispatch", "function", "RT.B.dispatch"),
        ("fence.RT.RT.B.dispatch", "function", "RT.B.dispatch"),
        ("ev.NL.desk.RT", "desk", "RT"),
        ("ev.RT.road.r1", "road", "RT/r1"),
    ],
)
def test_a_subject_names_its_aggregate(subject: str, kind: str, ref: str) -> None:
    assert kind_and_ref(subject) == (kind, ref)


def test_numbers_carry_the_room_that_gave_them() -> None:
    assert split_number("RT-4312") == ("RT", 4312)
    assert split_number("N1-12") == ("N1", 12)
    assert split_number("oud nummer") == ("", 0)
