"""The life of one call of a file, planned ahead: who does what when, from the offer to the closing codes.

Every id follows from the file's hash and the row's line, so that a second run over the same store adds nothing.
"""

from __future__ import annotations

import enum
import random
from typing import Any

import msgspec

from meldkamer.domain.clock import Millis, derived_id
from meldkamer.simulate import wording
from meldkamer.simulate.calls_csv import Row
from meldkamer.simulate.data import WorldData
from meldkamer.simulate.rows import UnitRow


class Phase(enum.IntEnum):
    """What must be acknowledged before the next may be sent, in this order."""

    OFFER = 0
    FIRST_ANSWER = 1
    TRANSFER = 2
    ANSWER = 3
    OPEN = 4
    END = 5
    ASSIGN = 6
    CREW = 7
    CLOSE = 8


class Step(msgspec.Struct, kw_only=True, eq=False):
    """One act of a life. due: when it happens, milliseconds UTC of the shown world."""

    phase: Phase
    due: Millis
    name: str
    discipline: str = ""
    status: str = ""
    last: bool = False
    tries: int = 0


class Life(msgspec.Struct, kw_only=True, eq=False):
    """A row on its way. call: reference once it is offered; failed: why it went no further."""

    row: Row
    key: str
    steps: list[Step]
    call: str = ""
    national: bool = False
    opened: bool = False
    failed: str = ""
    units: dict[str, UnitRow] = {}
    orders: dict[str, list[Step]] = {}
    closing: dict[str, Step] = {}

    def id(self, *parts: str) -> str:
        """An id of this row."""
        return derived_id("replay", self.key, *parts)

    @property
    def incident_id(self) -> str:
        """The id that its incident gets."""
        return self.id("incident")

    @property
    def incident(self) -> str:
        """The reference of its incident."""
        return f"{self.row.region}/{self.incident_id}"

    @property
    def lead(self) -> str:
        """The discipline whose intake answers it."""
        return next(d for d in "APBK" if d in self.row.disciplines)


def plan(row: Row, file: str, data: WorldData) -> Life:
    """A life for this row. file: the file's hash."""
    key = f"{file}/{row.line}"
    rng = random.Random(key)  # noqa: S311
    at = _Time(row.at)
    steps = [Step(phase=Phase.OFFER, due=row.at, name="offered")]
    steps.append(Step(phase=Phase.FIRST_ANSWER, due=at.on(rng.uniform(3, 9)), name="answer"))
    steps.append(Step(phase=Phase.TRANSFER, due=at.on(rng.uniform(12, 30)), name="transfer"))
    steps.append(Step(phase=Phase.ANSWER, due=at.on(rng.uniform(3, 10)), name="answer2"))
    opened = at.on(rng.uniform(25, 60))
    steps.append(Step(phase=Phase.OPEN, due=opened, name="open"))
    steps.append(Step(phase=Phase.END, due=at.on(rng.uniform(20, 80)), name="end"))
    life = Life(row=row, key=key, steps=steps, units={}, orders={}, closing={})
    for discipline in row.disciplines:
        track = _Time(opened)
        if row.priority < 5:
            steps.append(
                Step(phase=Phase.ASSIGN, due=track.on(rng.uniform(15, 60)), name="assign", discipline=discipline)
            )
        else:
            track.on(rng.uniform(120, 600))
        life.orders[discipline] = _crew(discipline, track, rng, data) if row.priority < 5 else []
        close = Step(phase=Phase.CLOSE, due=track.on(rng.uniform(20, 90)), name="close", discipline=discipline)
        life.closing[discipline] = close
        steps.append(close)
    return life


def _crew(discipline: str, at: _Time, rng: random.Random, data: WorldData) -> list[Step]:
    turnout = {"A": (30, 80), "B": (60, 200), "P": (5, 30), "K": (5, 30)}[discipline]
    moves: list[tuple[float, tuple[str, ...]]] = [
        (rng.uniform(*turnout), ("en_route",)),
        (rng.uniform(180, 700), ("on_scene",)),
    ]
    work = {"A": (600, 1500), "B": (900, 3600), "P": (600, 2700), "K": (600, 2700)}[discipline]
    if discipline == "A" and rng.random() < 0.6:
        moves += [(rng.uniform(*work), ("transporting",)), (rng.uniform(400, 1200), ("at_hospital",))]
        moves.append((rng.uniform(600, 1500), ("available", "standby")))
    else:
        moves.append((rng.uniform(*work), ("available", "standby")))
    steps = [Step(phase=Phase.CREW, due=at.on(rng.uniform(8, 30)), name="acknowledge", discipline=discipline)]
    for seconds, meanings in moves:
        code = data.status_code(discipline, *meanings)
        due = at.on(seconds)
        if code is not None:
            steps.append(Step(phase=Phase.CREW, due=due, name=meanings[0], discipline=discipline, status=code))
    steps[-1].last = True
    return steps


class _Time:
    def __init__(self, start: Millis) -> None:
        self._at = start

    def on(self, seconds: float) -> Millis:
        self._at += int(seconds * 1000)
        return self._at


def telephony_event(life: Life) -> dict[str, Any]:
    """The offer as a channel tells it."""
    row = life.row
    event: dict[str, Any] = {
        "event_id": life.id("offered"),
        "call_id": life.id("call"),
        "kind": "offered",
        "occurred": row.at,
        "channel": "112",
        "disciplines": row.disciplines,
        "class_hint": row.class_code or row.class_text,
        "priority_hint": row.priority,
        "location": {"lat": row.lat, "lon": row.lon, "source": "import"},
    }
    for name in ("text", "number", "name", "source"):
        if value := getattr(row, name):
            event["said" if name == "text" else name] = value
    return event


def command(life: Life, step: Step, data: WorldData) -> dict[str, Any]:
    """The command of a step, once what goes before it is known."""
    row = life.row
    match step.name:
        case "answer" | "answer2":
            return {"type": "answer_call", "call": life.call}
        case "transfer":
            return {
                "type": "transfer_call",
                "call": life.call,
                "function": f"{row.region}.{life.lead}.intake",
                "disciplines": row.disciplines,
            }
        case "open":
            return _open(life)
        case "end":
            return {"type": "end_call", "call": life.call, "reason": "done"}
        case "assign":
            return {
                "type": "assign_unit",
                "unit": life.units[step.discipline].ref,
                "assignment": life.id("assignment", step.discipline),
                "incident": life.incident,
                "priority": row.priority,
            }
        case "acknowledge":
            return {
                "type": "acknowledge_order",
                "unit": life.units[step.discipline].ref,
                "assignment": life.id("assignment", step.discipline),
            }
        case "close":
            # The same choice in every run, also when the run before was cut off in between.
            rng = random.Random(life.id("closing", step.discipline))  # noqa: S311
            code = data.closing(step.discipline, True, rng)
            return {"type": "close_track", "incident": life.incident, "discipline": step.discipline, "code": code}
    return {
        "type": "report_status",
        "unit": life.units[step.discipline].ref,
        "code": step.status,
        "source": "unit",
        "manual": False,
    }


def _open(life: Life) -> dict[str, Any]:
    row = life.row
    place = {"text": row.place, "x": row.x, "y": row.y, "place": row.place, "source": "import"}
    return {
        "type": "open_incident",
        "incident": life.incident_id,
        "region": row.region,
        "location": place,
        "disciplines": row.disciplines,
        "class_code": row.class_code,
        "class_text": row.class_text,
        "priority": row.priority,
        "call": life.call,
        "note": row.text or wording.first_note(row.class_text, row.place),
    }
