"""From a state that lasts to an alarm, and to its end: grouped, not flapping, and not lost over a restart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest

from meldkamer.desk.alarm_file import KEPT, AlarmFile, journal
from meldkamer.desk.health import Check, Found, Health, State
from meldkamer.desk.health_checks import certificate_check, disk_check
from meldkamer.desk.health_watch import LOOK_SECONDS, Alarm, HealthWatch
from meldkamer.desk.monitoring import ALARMS, monitoring
from meldkamer.domain.clock import FakeClock
from meldkamer.network.sites import certificates

from .conftest import TestRoom


class Watched:
    """A watch over checks whose states the test sets; what was told, in order."""

    def __init__(self, *names: str, open: Sequence[Alarm] = ()) -> None:
        self.clock = FakeClock()
        self.states: dict[str, State] = dict.fromkeys(names, "fine")
        self.told: list[Alarm] = []
        checks: list[tuple[str, Check]] = [(name, self._check(name)) for name in names]
        self.watch = HealthWatch(Health(checks, self.clock), self.clock, [self.told.append], open)

    def _check(self, name: str) -> Check:
        async def check() -> Found:
            return Found(self.states[name], f"{name} is {self.states[name]}")

        return check

    async def go_on(self, seconds: float) -> None:
        """Look as the watch does, for so long."""
        for _ in range(round(seconds / LOOK_SECONDS)):
            await self.watch.look()
            await self.clock.pump(LOOK_SECONDS)

    @property
    def says(self) -> list[tuple[str, bool]]:
        return [(alarm.kind, alarm.ended is None) for alarm in self.told]


async def test_a_state_that_lasts_is_an_alarm_and_ends_when_it_is_over_for_a_while() -> None:
    w = Watched("disk", "core")
    await w.go_on(60)
    w.states["disk"] = "degraded"
    await w.go_on(30)
    assert w.says == [] and w.watch.open == []
    await w.go_on(10)
    assert w.says == [("disk", True)]
    (alarm,) = w.watch.open
    assert (alarm.state, alarm.detail, alarm.run) == ("degraded", "disk is degraded", "disk-full")
    assert alarm.raised - alarm.since == 30_000
    await w.go_on(600)
    assert len(w.told) == 1, "it is told once, not with every look"
    w.states["disk"] = "fine"
    await w.go_on(60)
    assert w.watch.open
    await w.go_on(10)
    assert w.says == [("disk", True), ("disk", False)] and not w.watch.open
    (over,) = w.watch.ended
    assert over.id == alarm.id and over.ended is not None and over.ended > alarm.raised


async def test_a_moment_is_no_alarm_and_what_could_not_be_checked_gets_longer() -> None:
    w = Watched("disk", "core")
    w.states["disk"] = "degraded"
    await w.go_on(20)
    w.states["disk"] = "fine"
    await w.go_on(120)
    assert w.told == []
    w.states["core"] = "could_not_check"
    await w.go_on(60)
    assert w.told == []
    await w.go_on(10)
    assert [(a.kind, a.state) for a in w.told] == [("core", "could_not_check")]


async def test_what_comes_and_goes_is_one_alarm_that_says_how_often() -> None:
    w = Watched("core")
    for _ in range(20):
        w.states["core"] = "degraded"
        await w.go_on(10)
        w.states["core"] = "fine"
        await w.go_on(30)
    assert w.says == [("core", True)]
    assert w.watch.open[0].times == 20
    await w.go_on(40)
    assert w.says == [("core", True), ("core", False)]


async def test_ten_rooms_that_fall_silent_are_one_alarm_with_their_names() -> None:
    names = [f"heart-beat {room}" for room in ("NN", "ON", "LB", "OB")]
    w = Watched(*names, "disk")
    for name in names[:3]:
        w.states[name] = "degraded"
    w.states[names[3]] = "could_not_check"
    await w.go_on(40)
    (alarm,) = w.told
    assert (alarm.kind, alarm.checks, alarm.state) == ("heart-beat", tuple(names), "degraded")
    w.states[names[0]] = "fine"
    await w.go_on(10)
    assert w.watch.open[0].checks == tuple(names[1:]) and len(w.told) == 1


async def test_an_alarm_that_stood_at_the_end_of_a_process_ends_in_the_next(tmp_path: Path) -> None:
    file = AlarmFile(tmp_path / "alarms.jsonl")
    first = Watched("disk")
    first.states["disk"] = "degraded"
    await first.go_on(40)
    for alarm in first.told:
        file.tell(alarm)
    (stood,) = file.open()
    second = Watched("disk", open=[stood])
    assert second.watch.open == [stood]
    await second.go_on(70)
    assert second.says == [("disk", False)]
    file.tell(second.told[0])
    assert file.open() == []


def test_the_file_stays_short_and_a_torn_line_is_passed_over(tmp_path: Path) -> None:
    file = AlarmFile(tmp_path / "alarms.jsonl")
    assert file.open() == []
    for n in range(KEPT + 50):
        file.tell(alarm(f"disk {n}", ended=n + 1))
    file.tell(alarm("core 1"))
    with (tmp_path / "alarms.jsonl").open("ab") as out:
        out.write(b'{"id": "torn')
    assert [a.id for a in file.open()] == ["core 1"]
    assert len((tmp_path / "alarms.jsonl").read_bytes().splitlines()) == KEPT
    AlarmFile(tmp_path / "absent" / "alarms.jsonl").tell(alarm("x"))  # no disk: said in the journal, not raised


def test_the_journal_says_what_it_is_and_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    journal(alarm("disk 1"))
    journal(alarm("disk 1", ended=61_000))
    assert "ALARM disk (degraded) disk: 3 MB free; what to do: docs/run/disk-full.md" in caplog.text
    assert "alarm over disk, after 60 s" in caplog.text


async def test_an_exercise_keeps_its_alarms_out_of_the_journal(
    app_room: TestRoom, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for exercise in (True, False):
        folder = tmp_path / str(exercise)
        folder.mkdir()

        async def bad() -> Found:
            return Found("degraded", "full")

        watch = monitoring(
            health=Health([("disk", bad)], app_room.clock),
            folder=folder,
            about=dict,
            counts=app_room.record,
            tail=app_room.record.tail,
            regions=(),
            picture=app_room.picture,
            rooms=app_room.rooms,
            readers=lambda: 0,
            clock=app_room.clock,
            exercise=exercise,
        ).watch
        for _ in range(5):
            await watch.look()
            await app_room.clock.pump(LOOK_SECONDS)
        assert len(watch.open) == 1 and len((folder / ALARMS).read_bytes().splitlines()) == 1
        assert ("ALARM disk" in caplog.text) is not exercise


def alarm(id: str, ended: int | None = None) -> Alarm:
    return Alarm(id=id, kind="disk", state="degraded", checks=("disk",), detail="3 MB free", run="disk-full",
                 since=1_000, raised=31_000, ended=ended)  # fmt: skip


async def test_the_administrator_sees_the_alarms_and_nobody_else_does(app_room: TestRoom) -> None:
    watch = app_room.monitoring.watch
    app_room.ages["RT"] = None
    for _ in range(8):
        await watch.look()
        await app_room.clock.pump(LOOK_SECONDS)
    for who in ("anna", "caco", "hoofd"):
        assert (await (await app_room.signed_in(who)).get("/api/alarms")).status_code == 403
    seen = (await (await app_room.signed_in("beheer")).get("/api/alarms")).json()
    assert (seen["state"], seen["age"]) == ("could_not_check", 10.0)
    assert [(a["kind"], a["run"]) for a in seen["open"]] == [("heart-beat", "room-lost")] and seen["ended"] == []
    assert (await app_room.client("waker").get("/api/alarms")).json() == seen


async def test_a_disk_that_runs_low_and_a_certificate_that_ends_are_degraded(tmp_path: Path) -> None:
    assert (await disk_check(tmp_path, lambda: 5 << 30)()).state == "fine"
    low = await disk_check(tmp_path, lambda: 300 << 20)()
    assert (low.state, low.detail, low.number) == ("degraded", "300 MB free", 300 << 20)
    clock = FakeClock()
    now = dt.datetime.fromtimestamp(clock.now() / 1000, dt.UTC)
    (tmp_path / "room.pem").write_bytes(certificates.self_signed("x", certificates.new_key(), now))
    check = certificate_check([tmp_path / "room.pem"], clock)
    assert (await check()).state == "fine"
    await clock.pump(86_400 * (certificates.AUTHORITY_DAYS - 20))
    assert (await check()).detail == "room.pem ends in 20 days" and (await check()).state == "degraded"
    await clock.pump(86_400 * 21)
    assert (await check()).detail == "room.pem has ended"
    (tmp_path / "room.pem").unlink()
    found = await Health([("certificate", check)], clock).look()
    assert found.state == "could_not_check"
