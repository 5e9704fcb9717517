"""How the commands come to a record: that of a data folder, or the one of the network that a room's settings name."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from meldkamer.record import KeyStore, Record
    from meldkamer.steering.facts import RecordFacts

OpenRecord = Callable[[Path], AbstractAsyncContextManager["Record"]]
"""Opens for reading, also beside a running room: a data folder, or the settings of a room of a network."""
OpenKeys = Callable[[Path], AbstractAsyncContextManager["KeyStore"]]
"""The keys that stand beside it."""

DATA = "DATA"
HELP = "the data folder of a room, or over a network the settings of one (FILE.toml)"


async def read_facts(record: OpenRecord, of: Path) -> RecordFacts:
    """Everything a record shows."""
    from meldkamer.steering.facts import RecordFacts

    facts = RecordFacts()
    async with record(of) as opened:
        await facts.catch_up(opened)
    return facts
