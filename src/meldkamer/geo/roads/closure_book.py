"""The closures that people drew, kept in a file so that a restart does not open a flooded road."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from meldkamer.geo.roads.closures import Closure
from meldkamer.geo.roads.errors import RoadsError
from meldkamer.geo.roads.roads import Roads

MOST = 500


class KeptClosure(msgspec.Struct, frozen=True, kw_only=True):
    """A closure with who drew it and when (milliseconds UTC). edges: pieces of road that it touches."""

    closure: Closure
    by: str
    at: int
    edges: int


class ClosureBook:
    """The closures of this process. roads: None without a map: then nothing can be closed, and that is said."""

    def __init__(self, path: Path, roads: Roads | None, now: Callable[[], int]) -> None:
        self._path, self._roads, self._now = path, roads, now
        self._kept: dict[str, KeptClosure] = {}
        if roads is not None and path.exists():
            try:
                kept = msgspec.json.decode(path.read_bytes(), type=list[KeptClosure])
            except msgspec.MsgspecError as error:
                raise RoadsError(f"{path}: {error}") from error
            for one in kept:
                if one.closure.until > now():
                    self._kept[one.closure.id] = msgspec.structs.replace(one, edges=roads.close(one.closure))

    def all(self) -> list[KeptClosure]:
        """Those that count now, the first that ends first."""
        now = self._now()
        return sorted((k for k in self._kept.values() if k.closure.until > now), key=lambda k: k.closure.until)

    def close(self, closure: Closure, by: str) -> KeptClosure:
        """Draw one, or draw it anew. It counts from the next question on. Raises RoadsError."""
        if self._roads is None:
            raise RoadsError("no map of roads is loaded here, so nothing can be closed on it")
        if closure.until <= self._now():
            raise RoadsError("it ends before it begins")
        if len(self.all()) >= MOST and closure.id not in self._kept:
            raise RoadsError(f"there are {MOST} closures already")
        edges = self._roads.close(closure)
        kept = self._kept[closure.id] = KeptClosure(closure=closure, by=by, at=self._now(), edges=edges)
        self._save()
        return kept

    def open(self, id: str) -> bool:
        """Take one back; False when there is none."""
        known = self._kept.pop(id, None)
        if known is None or self._roads is None:
            return False
        self._roads.open(id)
        self._save()
        return True

    def _save(self) -> None:
        beside = self._path.with_name(self._path.name + ".new")
        beside.write_bytes(msgspec.json.encode(self.all()))
        beside.replace(self._path)
