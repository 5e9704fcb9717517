"""What a drill leaves in its folder for whoever looks into a row: the book and the record, as JSON lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from meldkamer.drill.book import Act
from meldkamer.drill.checker import Copy
from meldkamer.record import Entry

ACTS, ENTRIES = "acts.jsonl", "entries.jsonl"
_OPEN = ("fence", "desk", "function")
"""Of these kinds the content is kept as well: it says who served what, and holds nothing of a caller."""


def keep(folder: Path, acts: Iterable[Act], copies: Sequence[Copy]) -> None:
    """Write both files. Of each region the first copy, in the order of the record."""
    encode = msgspec.json.Encoder().encode
    with (folder / ACTS).open("wb") as file:
        file.writelines(encode(act) + b"\n" for act in acts)
    seen: set[str] = set()
    with (folder / ENTRIES).open("wb") as file:
        for copy in copies:
            if copy.region not in seen:
                seen.add(copy.region)
                file.writelines(encode(_line(copy.region, seq, found)) + b"\n" for seq, found in copy.found.items())


def _line(region: str, seq: int, found: Entry | str) -> dict[str, object]:
    if isinstance(found, str):
        return {"region": region, "seq": seq, "why": found}
    event = found.event
    line: dict[str, object] = {
        "region": region,
        "seq": seq,
        "subject": found.subject,
        "version": found.version,
        "type": event.type,
        "room": event.room,
        "occurred": event.occurred,
        "recorded": event.recorded,
        "island": event.island,
        "epochs": event.epochs,
        "cause": event.cause,
        "id": event.id,
    }
    if any(part in _OPEN for part in found.subject.split(".")[:3]):
        line["content"] = msgspec.msgpack.decode(event.body)
    return line
