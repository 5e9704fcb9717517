"""What a telephony system or another channel tells the room, as it comes in."""

from __future__ import annotations

from typing import Annotated

import msgspec

from meldkamer.domain.clock import Millis

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Line = Annotated[str, msgspec.Meta(max_length=4_000)]
_Long = Annotated[str, msgspec.Meta(max_length=64_000)]


class ChannelLocation(msgspec.Struct, frozen=True, kw_only=True):
    """Where the channel believes the caller is: WGS84 degrees, radius in metres, source such as aml, cell, ecall."""

    lat: float
    lon: float
    radius: float | None = None
    source: _Line = "caller"


class ChannelEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event of one call. Wider than what is stored: a caller is never turned away for the length of a field.

    event_id: the same one twice is one event. call_id: the channel's own name for the call. kind: offered, abandoned or
    ended. occurred: milliseconds UTC. source: extra data of the channel as JSON text.
    """

    event_id: _Name
    call_id: _Name
    kind: _Name
    occurred: Millis | None = None
    line: _Line = ""
    channel: _Line = "112"
    function: _Line = ""
    number: _Line | None = None
    name: _Line | None = None
    disciplines: _Line = ""
    class_hint: _Line = ""
    priority_hint: int | None = None
    said: _Long | None = None
    source: _Long | None = None
    test: bool = False
    location: ChannelLocation | None = None
