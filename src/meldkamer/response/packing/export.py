"""The pack as it counted at a moment, as a folder: for reports, and to keep the files under version control."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.domain.pack_change import (
    PackFileApproved,
    PackFileProposed,
    PackFiles,
    PackFileWithdrawn,
    evolve,
    sha_of,
    unpacked,
)
from meldkamer.pack import Fault, Pack, load_pack
from meldkamer.record import Record
from meldkamer.response.packing.building import Text, lay
from meldkamer.response.packing.keeper import SUBJECT, PackFaults

_EVENT = msgspec.msgpack.Decoder(PackFileProposed | PackFileApproved | PackFileWithdrawn)
_TAGS = {str(cls.__struct_config__.tag) for cls in (PackFileProposed, PackFileApproved, PackFileWithdrawn)}


async def export_pack(record: Record, base: Pack, to: Path, at: Millis) -> list[str]:
    """Write the folder, which must not be there yet, and check it. Answers the files that were changed.

    Raises PackFaults for a text that is not what its hash says, PackError, RecordError, OSError.
    """
    files = PackFiles()
    texts: dict[str, str] = {}
    for entry in await record.read(SUBJECT):
        if entry.event.type not in _TAGS:
            continue
        event = _EVENT.decode(entry.event.body)
        files = evolve(files, event, entry.event.occurred)
        if isinstance(event, PackFileProposed):
            texts[event.after] = unpacked(event.text)
    changed: dict[str, Text] = {}
    for change in files.standing():
        if change.effective <= at:
            text = texts.get(change.after, "")
            if sha_of(text) != change.after:
                raise PackFaults([Fault(change.file, 0, "", "is not what its hash in the record says")])
            changed[change.file] = Text(text, change.by, change.approved_by)
    await asyncio.to_thread(_write, Path(base.folder), to, changed)
    return sorted(changed)


def _write(base: Path, to: Path, changed: Mapping[str, Text]) -> None:
    to.mkdir(parents=True)
    lay(base, to, changed)
    manifest = to / "pack.toml"
    promised = "|".join(re.escape(file.removesuffix(".csv")) for file in changed if file.endswith(".csv"))
    if promised:  # how many rows a table has is not promised any more once people change it at their desks
        kept = re.sub(rf"(?m)^\s*(?:{promised})\s*=\s*\d+\s*(?:#.*)?\n", "", manifest.read_text(encoding="utf-8"))
        manifest.write_text(kept, encoding="utf-8")
    load_pack(to)
