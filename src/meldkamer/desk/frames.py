"""The frames of the live channel, and the messages that carry them: encoded once, sent as they are to every reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from meldkamer.desk.rows import RoomRow, RowChange
from meldkamer.domain.clock import Millis

Message = dict[str, Any]
"""An ASGI message, made once and never changed: all readers get the same one."""


class Hello(msgspec.Struct, frozen=True, tag_field="t", tag="hello"):
    """First frame: who you are and what time it is here."""

    now: Millis
    room: str
    seat: str
    person: str
    exercise: bool


class Ev(msgspec.Struct, frozen=True, tag_field="t", tag="ev"):
    """Events that were stored together, up to `seq`, and every row that they changed."""

    region: str
    seq: int
    rows: list[RowChange]


class CaughtUp(msgspec.Struct, frozen=True, tag_field="t", tag="caught_up"):
    """Replay is done; from here on live."""

    positions: Mapping[str, int]


class Rooms(msgspec.Struct, frozen=True, tag_field="t", tag="rooms"):
    """How every room is doing; the newest wins."""

    rows: list[RoomRow]


class Beat(msgspec.Struct, frozen=True, tag_field="t", tag="beat"):
    """The link is alive; the server's time."""

    now: Millis


class Closures(msgspec.Struct, frozen=True, tag_field="t", tag="closures"):
    """Roads were closed or opened somewhere: fetch them again; the newest wins."""


class Warnings(msgspec.Struct, frozen=True, tag_field="t", tag="warnings"):
    """Something was said of address warnings somewhere: fetch again what is shown of them; the newest wins."""


class Moment(msgspec.Struct, frozen=True, tag_field="t", tag="moment"):
    """Which past is shown, and how fast it goes on: shown seconds per second, 0 when it stands still."""

    now: Millis
    speed: float


class Resync(msgspec.Struct, frozen=True, tag_field="t", tag="resync"):
    """Fetch the picture again."""


class Subscribe(msgspec.Struct, frozen=True):
    """What the client sends: the regions that it shows, and the last number it saw of every region."""

    regions: tuple[str, ...]
    after: dict[str, int] = {}


Frame = Hello | Ev | CaughtUp | Rooms | Beat | Closures | Warnings | Moment | Resync

_encoder = msgspec.json.Encoder()
_subscribe = msgspec.json.Decoder(Subscribe)


def text(frame: Frame) -> Message:
    """The frame as a message."""
    return {"type": "websocket.send", "text": _encoder.encode(frame).decode()}


def binary(data: bytes) -> Message:
    """Bytes as a message."""
    return {"type": "websocket.send", "bytes": data}


def close(code: int, reason: str = "") -> Message:
    """The message that ends the channel."""
    return {"type": "websocket.close", "code": code, "reason": reason}


def read_subscribe(said: str | bytes) -> Subscribe:
    """The client's message. Raises msgspec.MsgspecError."""
    return _subscribe.decode(said)
