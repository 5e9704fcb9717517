"""What has a term, as far as its end and its keys go: when each was over, and which compartments it sealed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from meldkamer.domain import attention, drawing, warning
from meldkamer.domain.clock import Millis
from meldkamer.record import Damaged, Entry, Record

KINDS = ("call", "incident", "attention", "warning", "drawing")


class Case(msgspec.Struct):
    """A call, an incident, an attention message, an address warning or a drawing. ended: of the last three it may lie
    ahead. open: disciplines that are not done (of an incident). state: what of the last three is folded. linked:
    incidents of a call or a drawing, or calls of an incident, by subject."""

    subject: str
    kind: str
    began: Millis
    ended: Millis | None = None
    sealed: set[str] = set()
    open: set[str] = set()
    linked: set[str] = set()
    number: str = ""
    test: bool = False
    state: Any = None


class Cases:
    """Folds entries, each region in its order, and can go on later."""

    def __init__(self) -> None:
        self.of: dict[str, Case] = {}
        self.positions: dict[str, int] = {}
        self.gaps: list[str] = []

    async def catch_up(self, record: Record) -> None:
        """Read what was stored since the last time. A damaged place is passed and named."""
        for region in await record.regions():
            tail = await record.tail(region)
            while self.positions.get(region, 0) < tail:
                try:
                    async for entry in record.replay(region, self.positions.get(region, 0), tail):
                        self.apply(entry)
                    break
                except Damaged as damage:
                    self.gaps.append(str(damage))
                    self.positions[region] = max(self.positions.get(region, 0) + 1, damage.seq)

    def apply(self, entry: Entry) -> None:
        """Take one entry in."""
        self.positions[entry.region] = entry.seq
        kind = entry.subject.split(".", 3)[2] if entry.subject.startswith("ev.") else ""
        if kind not in KINDS:
            return
        event = entry.event
        case = self.of.get(entry.subject)
        if case is None:
            case = self.of[entry.subject] = Case(entry.subject, kind, event.occurred)
        case.sealed |= set(event.sealed)
        if kind in _ENDING:
            self._ending(case, entry)
        elif event.type in _TYPES:
            self._fold(case, entry, msgspec.msgpack.decode(event.body))

    def _ending(self, case: Case, entry: Entry) -> None:
        """What is over by itself says so when it is written, and later words move that."""
        event = entry.event
        try:
            case.state = _ENDING[case.kind](case.state, _said.decode(event.body), entry.subject, event.occurred)
        except (ValueError, msgspec.MsgspecError):
            # Its beginning stands at a damaged place: of when it was over nothing is known, so it is not.
            case.ended = None
            return
        case.ended = case.state.over
        if isinstance(case.state, drawing.Drawing) and case.state.incident is not None:
            case.linked = {_subject("incident", case.state.incident)}

    def _fold(self, case: Case, entry: Entry, body: dict[str, Any]) -> None:
        at = entry.event.occurred
        match entry.event.type:
            case "call.received":
                case.test = bool(body.get("test"))
            case "call.ended" | "call.abandoned":
                case.ended = at
            case "call.linked":
                case.linked.add(_subject("incident", str(body.get("incident", ""))))
            case "incident.opened":
                case.number = str(body.get("number", ""))
            case "incident.track_started" | "incident.track_reopened":
                case.open.add(str(body.get("discipline", "")))
                case.ended = None
            case "incident.track_closed":
                case.open.discard(str(body.get("discipline", "")))
                if not case.open:
                    case.ended = at
            case "incident.call_joined":
                case.linked.add(_subject("call", str(body.get("call", ""))))

    def over(self, case: Case) -> Millis | None:
        """When it was over for good, which may lie ahead for what ends by itself; None while it, or an incident that a
        call belongs to, is still going on."""
        if case.kind == "drawing":
            # It is over with its incident, if not before.
            of = [self.of[subject].ended for subject in case.linked if subject in self.of]
            return min((end for end in (case.ended, *of) if end is not None), default=None)
        if case.ended is None or case.kind != "call":
            return case.ended
        last = case.ended
        for subject in case.linked:
            incident = self.of.get(subject)
            # A call of an incident that this record does not know of is not over by what is known.
            if incident is None or incident.ended is None:
                return None
            last = max(last, incident.ended)
        return last

    def closed(self, since: Millis, until: Millis) -> Iterator[Case]:
        """Incidents that were closed in a period (until not included), oldest first."""
        found = [
            case
            for case in self.of.values()
            if case.kind == "incident" and case.ended is not None and since <= case.ended < until
        ]
        yield from sorted(found, key=lambda case: (case.ended or 0, case.subject))


_ENDING: dict[str, Callable[[Any, Any, str, Millis], Any]] = {
    "attention": attention.evolve,
    "warning": warning.evolve,
    "drawing": drawing.evolve,
}
"""Kinds that are over by themselves, and how each is folded."""
_said = msgspec.msgpack.Decoder(attention.AttentionEvent | warning.WarningEvent | drawing.DrawingEvent)

_TYPES = frozenset(
    {
        *("call.received", "call.ended", "call.abandoned", "call.linked"),
        *("incident.opened", "incident.track_started", "incident.track_closed", "incident.track_reopened"),
        "incident.call_joined",
    }
)


def _subject(kind: str, ref: str) -> str:
    region, _, id = ref.partition("/")
    return f"ev.{region}.{kind}.{id}"
