"""What the record shows that steering needs, folded from stored entries without any key. Measured, never typed in.

Entries may come region by region; nothing is joined here. Moments are milliseconds UTC, as they occurred. An event of
a newer program is read for the fields that it shares with what is known here.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Mapping
from typing import Any

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.record import Damaged, Entry, Record
from meldkamer.steering.measured import DAY, OUTAGE, TAKEN, Measured

MINUTE: Millis = 60_000
BREATH = 200
"""Entries after which others get their turn on the loop."""


class Owned(msgspec.Struct, frozen=True):
    """From here on this room owned the function. ground: as in `function.owned`."""

    at: Millis
    function: str
    owner: str
    previous: str
    ground: str
    reason: str = ""


class Trouble(msgspec.Struct, frozen=True):
    """A room began to be unable to work. silent: seconds without a sign when that was noted, None when a person said
    so. since: the last sign of life, or the moment it was said."""

    room: str
    since: Millis
    noted: Millis
    silent: float | None
    reason: str = ""


class Returned(msgspec.Struct, frozen=True):
    """A room said that it can work again."""

    room: str
    at: Millis


class Exercise(msgspec.Struct, frozen=True):
    """An exercise, drill or restore test that was held. seconds: measured recovery; None when none was measured.

    kind: takeover, restore, … as the event says. plan: the continuity plan that it tested, where it names one.
    """

    at: Millis
    id: str
    kind: str
    name: str
    rooms: tuple[str, ...]
    functions: tuple[str, ...]
    services: tuple[str, ...]
    plan: str
    seconds: float | None
    good: bool | None


class Reported(msgspec.Struct, frozen=True):
    """What was said of a service: up, degraded or down, where (no room: everywhere), by whom or what. until: how long
    it is believed when the same source says nothing else; None: until it does. A repetition makes it longer."""

    at: Millis
    service: str
    state: str
    rooms: tuple[str, ...]
    source: str
    reason: str = ""
    until: Millis | None = None


class Window(msgspec.Struct, frozen=True):
    """Maintenance that was announced: when, of what, where; agreed, approved and with a way back, or not."""

    at: Millis
    service: str
    rooms: tuple[str, ...]
    since: Millis
    until: Millis
    reason: str = ""
    approved_by: str = ""
    risk: str = ""
    way_back: str = ""


class Kept(msgspec.Struct, frozen=True):
    """A room looked at retention terms: keys that were due, of those gone, destroyed just then, and to be archived."""

    at: Millis
    room: str
    due: int
    gone: int
    destroyed: int
    waiting: int


class Log(msgspec.Struct):
    """What can be said of the log itself. backwards: entries recorded before the one ahead of them."""

    entries: int = 0
    without_actor: int = 0
    batches: int = 0
    signed: int = 0
    sealed: int = 0
    backwards: int = 0
    by_type: dict[str, int] = {}
    newest: dict[str, Millis] = {}


class Activity:
    """In which minutes a room stored anything: a bit per minute of the day, so that a year stays small."""

    def __init__(self) -> None:
        self._days: dict[tuple[str, int], int] = {}

    def mark(self, room: str, at: Millis) -> None:
        """The room stored something then."""
        day, rest = divmod(at, DAY)
        key = (room, day)
        self._days[key] = self._days.get(key, 0) | 1 << (rest // MINUTE)

    def before(self, room: str, at: Millis) -> Millis | None:
        """The end of the last minute before the minute of `at` in which the room stored something; None for none."""
        day, rest = divmod(at, DAY)
        bits = self._days.get((room, day), 0) & ((1 << (rest // MINUTE)) - 1)
        while not bits:
            earlier = [d for r, d in self._days if r == room and d < day]
            if not earlier:
                return None
            day = max(earlier)
            bits = self._days[room, day]
        return day * DAY + bits.bit_length() * MINUTE


class Waits:
    """How long things took, twelve bytes each, so that years of calls fit in a room: when each began, its seconds."""

    def __init__(self) -> None:
        self.began = array("q")
        self.seconds = array("f")
        self.open: dict[str, Millis] = {}

    def begin(self, subject: str, at: Millis) -> None:
        """It began."""
        self.open[subject] = at

    def end(self, subject: str, at: Millis) -> None:
        """It is done; a second end is passed."""
        began = self.open.pop(subject, None)
        if began is not None:
            self.began.append(began)
            self.seconds.append((at - began) / 1000)

    def drop(self, subject: str) -> None:
        """It does not count."""
        self.open.pop(subject, None)


class RecordFacts:
    """Folds entries, each region in its order, and knows how far it is, so that it can go on later."""

    def __init__(self) -> None:
        self.since: Millis | None = None
        self.until: Millis = 0
        self.positions: dict[str, int] = {}
        self.gaps: list[str] = []
        self.owned: list[Owned] = []
        self.troubles: list[Trouble] = []
        self.returns: list[Returned] = []
        self.exercises: list[Exercise] = []
        self.reports: list[Reported] = []
        self._words: dict[tuple[str, tuple[str, ...], str], int] = {}
        self.windows: list[Window] = []
        self.kept: list[Kept] = []
        self.acknowledged: list[tuple[Millis, str]] = []
        self.activity = Activity()
        self.log = Log()
        self.people: dict[str, Millis] = {}
        self.simulated: dict[str, Millis] = {}
        self.test_calls = 0
        self.calls = 0
        self.alerts = Waits()
        self.answers = Waits()
        self._recorded: dict[str, Millis] = {}

    async def catch_up(self, record: Record) -> None:
        """Read what was stored since the last time. A damaged place is passed and named in `gaps`."""
        for region in await record.regions():
            tail = await record.tail(region)
            while self.positions.get(region, 0) < tail:
                try:
                    async for entry in record.replay(region, self.positions.get(region, 0), tail):
                        self.apply(entry)
                        if self.log.entries % BREATH == 0:
                            await asyncio.sleep(0)
                    break
                except Damaged as damage:
                    self.gaps.append(str(damage))
                    self.positions[region] = max(self.positions.get(region, 0) + 1, damage.seq)

    def apply(self, entry: Entry) -> None:
        """Take one entry in; one that was already taken in is passed."""
        if entry.seq <= self.positions.get(entry.region, 0):
            return
        self.positions[entry.region] = entry.seq
        event = entry.event
        self.since = event.recorded if self.since is None else min(self.since, event.recorded)
        self.until = max(self.until, event.recorded)
        self.activity.mark(event.room, event.recorded)
        self._note(entry)
        fold = _FOLDS.get(event.type)
        if fold is not None:
            fold(self, entry, msgspec.msgpack.decode(event.body))

    def _note(self, entry: Entry) -> None:
        event, log = entry.event, self.log
        log.entries += 1
        log.without_actor += not event.actor
        log.sealed += bool(event.sealed)
        if entry.n == entry.of - 1:
            log.batches += 1
            log.signed += bool(entry.signature)
        log.backwards += event.recorded < self._recorded.get(entry.region, 0)
        self._recorded[entry.region] = event.recorded
        log.by_type[event.type] = log.by_type.get(event.type, 0) + 1
        log.newest[event.type] = max(log.newest.get(event.type, 0), event.recorded)

    def measured(self, now: Millis) -> Measured | None:
        """Counts for the risk board until now; None when the record holds nothing at all: not the same as none.

        Outages are counted per service, as `outage:<service>`: each time it went from up to down somewhere. A
        service that nobody reports on has no count, which is not the same as none.
        """
        if self.since is None:
            return None
        counts = {
            "takeover": sum(one.ground in TAKEN for one in self.owned),
            "room_silent": sum(trouble.silent is not None for trouble in self.troubles),
            "room_declared_down": sum(trouble.silent is None for trouble in self.troubles),
        }
        down: dict[tuple[str, tuple[str, ...]], set[str]] = {}
        for report in sorted(self.reports, key=lambda r: r.at):
            sources = down.setdefault((report.service, report.rooms), set())
            name = f"{OUTAGE}{report.service}"
            # What a probe and a person both say of one outage is one outage.
            counts[name] = counts.get(name, 0) + (report.state == "down" and not sources)
            if report.state == "down":
                sources.add(report.source)
            else:
                sources.discard(report.source)
        return Measured(since=self.since, until=max(now, self.until), counts=counts)

    # --- what each event says ---------------------------------------------------------------------------------------

    def _own(self, entry: Entry, body: Mapping[str, Any]) -> None:
        said = (str(body.get(name, "")) for name in ("function", "owner", "previous", "ground", "reason"))
        self.owned.append(Owned(entry.event.occurred, *said))

    def _acknowledge(self, entry: Entry, body: Mapping[str, Any]) -> None:
        self.acknowledged.append((entry.event.occurred, str(body.get("function", ""))))

    def _silent(self, entry: Entry, body: Mapping[str, Any]) -> None:
        silent, at = float(body.get("silent", 0.0)), entry.event.occurred
        self.troubles.append(Trouble(_last(entry), at - round(silent * 1000), at, silent))

    def _down(self, entry: Entry, body: Mapping[str, Any]) -> None:
        at = entry.event.occurred
        self.troubles.append(Trouble(_last(entry), at, at, None, str(body.get("reason", ""))))

    def _up(self, entry: Entry, body: Mapping[str, Any]) -> None:
        self.returns.append(Returned(_last(entry), entry.event.occurred))

    def _sit(self, entry: Entry, body: Mapping[str, Any]) -> None:
        known = self.simulated if body.get("simulated") else self.people
        person = str(body.get("person", ""))
        known[person] = max(known.get(person, 0), entry.event.occurred)

    def _exercise(self, entry: Entry, body: Mapping[str, Any]) -> None:
        seconds = _first(body, "recovery_seconds", "seconds", "recovered_in", "recovery")
        good = _first(body, "good", "passed", "met")
        self.exercises.append(
            Exercise(
                at=entry.event.occurred,
                id=str(_first(body, "exercise", "id") or _last(entry)),
                kind=str(_first(body, "kind", "what") or ""),
                name=str(_first(body, "name", "title", "scenario") or ""),
                rooms=(*_many(body, "rooms", "room"), *_many(body, "rooms_took")),
                functions=_many(body, "functions", "function"),
                services=_many(body, "services", "service"),
                plan=str(_first(body, "plan", "continuity_plan") or ""),
                seconds=float(seconds) if isinstance(seconds, int | float) and not isinstance(seconds, bool) else None,
                good=good if isinstance(good, bool) else None,
            )
        )

    def _restored(self, entry: Entry, body: Mapping[str, Any]) -> None:
        self.exercises.append(
            Exercise(
                at=entry.event.occurred,
                id=entry.event.id,
                kind="restore",
                name=str(body.get("reason", "")),
                rooms=(),
                functions=(),
                services=_many(body, "service"),
                plan="",
                seconds=float(body.get("seconds", 0.0)),
                good=bool(body.get("good")),
            )
        )

    def _kept(self, entry: Entry, body: Mapping[str, Any]) -> None:
        counts = tuple(int(body.get(name, 0)) for name in ("due", "gone", "destroyed", "waiting"))
        self.kept.append(Kept(entry.event.occurred, entry.event.room, *counts))

    def _report(self, entry: Entry, body: Mapping[str, Any]) -> None:
        at, holds = entry.event.occurred, int(body.get("holds", 0))
        new = Reported(
            at=at,
            service=str(body.get("service", "")),
            state=str(body.get("state", "")),
            rooms=tuple(sorted(_many(body, "rooms"))),
            source=str(body.get("source", "")),
            reason=str(body.get("reason", "")),
            until=at + holds * 1000 if holds else None,
        )
        key = (new.service, new.rooms, new.source)
        n = self._words.get(key)
        if n is not None and _goes_on(self.reports[n], new):
            # A probe says the same four times an hour for years: that is one stretch and not a hundred thousand.
            self.reports[n] = msgspec.structs.replace(self.reports[n], until=new.until)
            return
        self._words[key] = len(self.reports)
        self.reports.append(new)

    def _window(self, entry: Entry, body: Mapping[str, Any]) -> None:
        self.windows.append(
            Window(
                at=entry.event.occurred,
                service=str(body.get("service", "")),
                rooms=_many(body, "rooms"),
                since=int(body.get("since", 0)),
                until=int(body.get("until", 0)),
                **{name: str(body.get(name, "")) for name in ("reason", "approved_by", "risk", "way_back")},
            )
        )

    def _call(self, entry: Entry, body: Mapping[str, Any]) -> None:
        self.calls += 1
        self.test_calls += bool(body.get("test"))
        if not body.get("test"):
            self.answers.begin(entry.subject, entry.event.occurred)

    def _answered(self, entry: Entry, body: Mapping[str, Any]) -> None:
        self.answers.end(entry.subject, entry.event.occurred)

    def _hung_up(self, entry: Entry, body: Mapping[str, Any]) -> None:
        # Who hangs up before anybody could answer is no failure of the answering; what was answered stays counted.
        self.answers.drop(entry.subject)

    def _alert(self, entry: Entry, body: Mapping[str, Any]) -> None:
        self.alerts.begin(entry.subject, entry.event.occurred)

    def _sent(self, entry: Entry, body: Mapping[str, Any]) -> None:
        self.alerts.end(entry.subject, entry.event.occurred)


_FOLDS = {
    "function.owned": RecordFacts._own,
    "function.takeover_acknowledged": RecordFacts._acknowledge,
    "desk.room_fell_silent": RecordFacts._silent,
    "desk.room_declared_down": RecordFacts._down,
    "desk.room_returned": RecordFacts._up,
    "desk.signed_in": RecordFacts._sit,
    "exercise.held": RecordFacts._exercise,
    "provision.restore_tested": RecordFacts._restored,
    "provision.reported": RecordFacts._report,
    "retention.kept": RecordFacts._kept,
    "provision.maintenance": RecordFacts._window,
    "call.received": RecordFacts._call,
    "call.answered": RecordFacts._answered,
    "call.abandoned": RecordFacts._hung_up,
    "alert.ordered": RecordFacts._alert,
    "alert.sent": RecordFacts._sent,
}


def _goes_on(said: Reported, new: Reported) -> bool:
    """Whether the same source says the same again while the former was still believed."""
    same = (said.state, said.reason) == (new.state, new.reason)
    return same and said.at <= new.at and (said.until is None or new.at <= said.until)


def _last(entry: Entry) -> str:
    return entry.subject.rpartition(".")[2]


def _first(body: Mapping[str, Any], *names: str) -> Any:
    return next((body[name] for name in names if body.get(name) is not None), None)


def _many(body: Mapping[str, Any], *names: str) -> tuple[str, ...]:
    found = _first(body, *names)
    if found is None or found == "":
        return ()
    return (found,) if isinstance(found, str) else tuple(map(str, found))
