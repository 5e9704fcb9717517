"""Proposals and adoptions as the record tells them, folded from the own subject of `NL.steering`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.domain.plan import (
    STEERING,
    PlanAdopted,
    PlanChangeProposed,
    PlanChangeReviewed,
    PlanPartStored,
    PlanProposed,
)
from meldkamer.record import Entry, Record, subject

SUBJECT = subject("NL", "function", STEERING)

_PARTS = msgspec.msgpack.Decoder(PlanPartStored)
_PROPOSED = msgspec.msgpack.Decoder(PlanProposed)
_ADOPTED = msgspec.msgpack.Decoder(PlanAdopted)
_ASKED = msgspec.msgpack.Decoder(PlanChangeProposed)
_ANSWERED = msgspec.msgpack.Decoder(PlanChangeReviewed)


class Proposed(msgspec.Struct, frozen=True):
    """A version that was proposed: when, from which room. bundle: None when a part is missing or was changed."""

    at: Millis
    room: str
    event: PlanProposed
    bundle: bytes | None


class AdoptedHere(msgspec.Struct, frozen=True):
    """A version that was adopted: when that was said, and by the room that owned steering."""

    at: Millis
    room: str
    event: PlanAdopted


Told = Proposed | AdoptedHere | PlanChangeProposed | PlanChangeReviewed


class PlanReader:
    """Folds entries in order; each proposal, adoption, change and answer comes out once."""

    def __init__(self) -> None:
        self.version = 0
        self._parts: dict[str, dict[int, bytes]] = {}

    async def read_on(self, record: Record) -> list[Told]:
        """What was told since the last time."""
        return self.fold(await record.read(SUBJECT, self.version))

    def fold(self, entries: Iterable[Entry]) -> list[Told]:
        """What these entries tell."""
        told: list[Told] = []
        for entry in entries:
            self.version = entry.version
            event, body = entry.event, entry.event.body
            match event.type:
                case "plan.part":
                    part = _PARTS.decode(body)
                    self._parts.setdefault(part.proposal, {})[part.n] = part.data
                case "plan.proposed":
                    proposed = _PROPOSED.decode(body)
                    parts = self._parts.pop(proposed.proposal, {})
                    told.append(Proposed(event.occurred, event.room, proposed, _whole(proposed, parts)))
                case "plan.change_proposed":
                    told.append(_ASKED.decode(body))
                case "plan.change_reviewed":
                    told.append(_ANSWERED.decode(body))
                case "plan.adopted":
                    told.append(AdoptedHere(event.occurred, event.room, _ADOPTED.decode(body)))
        return told


def _whole(proposed: PlanProposed, parts: dict[int, bytes]) -> bytes | None:
    if sorted(parts) != list(range(1, proposed.parts + 1)):
        return None
    bundle = b"".join(parts[n] for n in sorted(parts))
    return bundle if hashlib.sha256(bundle).hexdigest() == proposed.bundle else None
