"""The picture as a follower of the live channel knows it, and who wants to hear of changes."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import msgspec

from meldkamer.client import ApiError, Client, Picture, RowChange
from meldkamer.simulate.rows import ROW_TYPES, CallRow, FunctionRow, IncidentRow, RoomRow, UnitRow

Listener = Callable[[str, Any, Any], None]
"""Called with the ref, the row before and the row after (None = not there)."""

log = logging.getLogger(__name__)


class Mirror:
    """Rows by reference, kept up to date by `follow`. A function's ref is its name, a room's its code."""

    def __init__(self, client: Client, regions: tuple[str, ...]) -> None:
        self._client, self._regions = client, regions
        self.calls: dict[str, CallRow] = {}
        self.incidents: dict[str, IncidentRow] = {}
        self.units: dict[str, UnitRow] = {}
        self.functions: dict[str, FunctionRow] = {}
        self.rooms: dict[str, RoomRow] = {}
        self.positions: dict[str, int] = {}
        self.ready = asyncio.Event()
        self.restarts = 0
        self._tables: dict[str, dict[str, Any]] = {
            "call": self.calls,
            "incident": self.incidents,
            "unit": self.units,
            "function": self.functions,
            "room": self.rooms,
        }
        self._decoders = {kind: msgspec.json.Decoder(cls) for kind, cls in ROW_TYPES.items()}
        self._change = msgspec.json.Decoder(RowChange)
        self._listeners: dict[str, list[Listener]] = defaultdict(list)

    def on(self, kind: str, listener: Listener) -> None:
        """Hear of every change of this kind of row, in order."""
        self._listeners[kind].append(listener)

    async def follow(self) -> None:
        """Follow until cancelled: picture, then live, and again from the picture when the link breaks."""
        while True:
            try:
                await self.load()
                async for frame in self._client.live(self._regions, self.positions):
                    for raw in frame.rows:
                        if frame.t == "ev":
                            self._apply(self._change.decode(raw))
                        elif frame.t == "rooms":
                            self._put("room", self._decoders["room"].decode(raw))
                    if frame.t == "ev":
                        self.positions[frame.region] = max(frame.seq, self.positions.get(frame.region, 0))
                    elif frame.t == "caught_up":
                        self.positions.update(frame.positions)
            except (ApiError, ConnectionError) as error:
                log.warning("the live channel broke: %s", error)
            self.restarts += 1
            await self._client.clock.wait(1.0)

    async def load(self) -> None:
        """Fetch the whole picture; what is no longer in it is reported as gone."""
        picture: Picture = await self._client.picture(self._regions)
        for kind, rows in (
            ("function", picture.functions),
            ("room", picture.rooms),
            ("unit", picture.units),
            ("incident", picture.incidents),
            ("call", picture.calls),
        ):
            seen = {self._put(kind, self._decoders[kind].decode(raw)) for raw in rows}
            for ref in [r for r in self._tables[kind] if r not in seen]:
                self._drop(kind, ref)
        self.positions = dict(picture.positions)
        self.ready.set()

    async def reach(self, positions: dict[str, int], patience: float = 5.0) -> bool:
        """Wait until these entries have been seen. patience: wall seconds. Whether they all were."""
        for _ in range(int(patience * 1000)):
            if all(self.positions.get(r, 0) >= s for r, s in positions.items()):
                return True
            await asyncio.sleep(0.001)
        return False

    def owner(self, function: str) -> str:
        """The room that owns a function, or empty."""
        row = self.functions.get(function)
        return row.owner if row is not None else ""

    def _apply(self, change: RowChange) -> None:
        decoder = self._decoders.get(change.kind)
        if decoder is None:
            return
        if bytes(change.row) == b"null":
            self._drop(change.kind, change.ref)
        else:
            self._put(change.kind, decoder.decode(change.row))

    def _put(self, kind: str, row: Any) -> str:
        ref: str = row.name if kind == "function" else row.room if kind == "room" else row.ref
        table = self._tables[kind]
        before = table.get(ref)
        table[ref] = row
        if before != row:
            for listener in self._listeners[kind]:
                listener(ref, before, row)
        return ref

    def _drop(self, kind: str, ref: str) -> None:
        before = self._tables[kind].pop(ref, None)
        if before is not None:
            for listener in self._listeners[kind]:
                listener(ref, before, None)
