"""Makes a fleet known to the record in few appends. Repeating it with the same fleet stores nothing."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence

import msgspec

from meldkamer.domain import unit
from meldkamer.domain.basics import Context, Event, split_ref
from meldkamer.domain.clock import Clock, derived_id
from meldkamer.network import Picture, subject_of
from meldkamer.record import Conflict, NewEvent, Record, Reused, Sealer, Write

ACTOR = "system.fleet"
BATCH_UNITS = 250
"""Units per append; two events each stay far below the record's limit of a thousand."""
TRIES = 4

FirstStatus = Callable[[str], str]
"""Discipline letter -> the status code that means available there."""

log = logging.getLogger(__name__)


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """What registering one unit would store. command_id follows from the content; expected: the subject's version."""

    unit: str
    command_id: str
    events: tuple[Event, ...]
    expected: int


class Registered(msgspec.Struct, frozen=True):
    """How many units were new, had changed, and were known already."""

    new: int
    changed: int
    same: int


Append = Callable[[str, Sequence[Registration]], Awaitable[None]]
"""Stores the registrations of one region, all or nothing; the picture has them, or what was in the way, afterwards."""


async def register_fleet(
    units: Iterable[unit.RegisterUnit], picture: Picture, append: Append, first_status: FirstStatus, clock: Clock
) -> Registered:
    """Make these units known; new ones start as available. Raises what `append` raises, Refused for a half-given base.

    When another room registers the same fleet at the same moment, what is still missing is offered again.
    """
    wanted = {f"{u.region}/{u.call_sign}": u for u in units}
    missing = _missing(wanted, picture, first_status, clock)
    new = sum(r.unit not in picture.units for r in missing)
    result = Registered(new=new, changed=len(missing) - new, same=len(wanted) - len(missing))
    fruitless = 0
    while missing:
        before = len(missing)
        try:
            for region, batch in _batches(missing):
                await append(region, batch)
        except (Conflict, Reused) as error:
            fruitless += 1
            log.info("fleet registered elsewhere at the same time, looking again: %s", error)
            missing = _missing(wanted, picture, first_status, clock)
            if len(missing) < before:
                fruitless = 0
            elif fruitless == TRIES:
                raise
        else:
            break
    return result


def _missing(
    wanted: dict[str, unit.RegisterUnit], picture: Picture, first_status: FirstStatus, clock: Clock
) -> list[Registration]:
    context = Context(now=clock.now(), actor=ACTOR, room="")
    found = []
    for ref, command in wanted.items():
        known = picture.units.get(ref)
        events = unit.decide(known, command, context)
        if not events:
            continue
        if known is None:
            code = first_status(command.discipline)
            status = unit.StatusReported(code=code, meaning=unit.Meaning.AVAILABLE, source="system")
            events = [*events, status]
        version = picture.versions.get(subject_of("unit", ref), 0)
        content = hashlib.sha256(msgspec.msgpack.encode(command)).hexdigest()
        # The version is part of it: a fleet that is changed and changed back is two acts, not one.
        id = derived_id("fleet", ref, str(version), content)
        found.append(Registration(unit=ref, command_id=id, events=tuple(events), expected=version))
    return found


def _batches(missing: Sequence[Registration]) -> Iterable[tuple[str, list[Registration]]]:
    regions: dict[str, list[Registration]] = {}
    for registration in missing:
        regions.setdefault(split_ref(registration.unit)[0], []).append(registration)
    for region, all_of_it in sorted(regions.items()):
        for start in range(0, len(all_of_it), BATCH_UNITS):
            yield region, all_of_it[start : start + BATCH_UNITS]


def record_append(room: str, record: Record, sealer: Sealer, picture: Picture, clock: Clock) -> Append:
    """The usual `append`: straight into the record."""

    async def append(region: str, batch: Sequence[Registration]) -> None:
        now = clock.now()
        writes = []
        for registration in batch:
            subject = subject_of("unit", registration.unit)
            events = []
            for index, event in enumerate(registration.events):
                id = derived_id(registration.command_id, str(index))
                type_, schema, body, sealed = await sealer.encode(event, subject, id)
                events.append(
                    NewEvent(
                        id=id,
                        type=type_,
                        schema=schema,
                        body=body,
                        sealed=sealed,
                        occurred=now,
                        recorded=now,
                        room=room,
                        actor=ACTOR,
                        cause=registration.command_id,
                        correlation=registration.unit,
                    )
                )
            writes.append(Write(subject, tuple(events), registration.expected))
        try:
            appended = await record.append(region, writes)
        except (Conflict, Reused):
            await picture.reached(region, await record.tail(region))
            raise
        await picture.reached(region, appended.positions[-1].seq)

    return append
