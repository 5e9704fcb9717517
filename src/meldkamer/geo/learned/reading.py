"""Trips and tables from a stored record, without any key: nothing that is read here is personal."""

from __future__ import annotations

import msgspec

from meldkamer.domain import incident, unit
from meldkamer.domain.basics import Event
from meldkamer.domain.clock import Millis
from meldkamer.domain.plan import STEERING
from meldkamer.domain.travel import TravelTable, TravelTimesAdopted, adopted_after
from meldkamer.geo.learned.samples import SampleReader, Samples
from meldkamer.record import Entry, Record
from meldkamer.record import subject as subject_at

_READ: tuple[type[Event], ...] = (
    unit.UnitAssigned,
    unit.StatusReported,
    unit.AssignmentProgressed,
    incident.Relocated,
)
_DECODERS = {str(cls.__struct_config__.tag): msgspec.msgpack.Decoder(cls) for cls in _READ}
_ADOPTED = msgspec.msgpack.Decoder(TravelTimesAdopted)


async def read_trips(record: Record, upto: Millis | None = None) -> tuple[Samples, Millis]:
    """The trips of what was recorded until a moment (all of it without one), and that moment. Raises RecordError."""
    reader, newest = SampleReader(), 0
    for region in await record.regions():
        async for entry in record.replay(region, 0, await record.tail(region)):
            recorded = entry.event.recorded
            if upto is not None and recorded > upto:
                continue
            newest = max(newest, recorded)
            if entry.event.type in _DECODERS:
                reader.apply(entry, _event(entry))
    return reader.samples(), newest if upto is None else upto


async def read_tables(record: Record) -> tuple[TravelTable, ...]:
    """The tables that were taken into force, the newest last. Raises RecordError."""
    tables: tuple[TravelTable, ...] = ()
    region, _, _ = STEERING.partition(".")
    for entry in await record.read(subject_at(region, "function", STEERING)):
        if entry.event.type == str(TravelTimesAdopted.__struct_config__.tag):
            tables = adopted_after(tables, _ADOPTED.decode(entry.event.body), entry.event.occurred)
    return tables


def _event(entry: Entry) -> Event:
    event: Event = _DECODERS[entry.event.type].decode(entry.event.body)
    return event
