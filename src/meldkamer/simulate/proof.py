"""Nothing acknowledged is ever lost: remember every acknowledgement, and look afterwards whether it is there."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec

from meldkamer.client import ApiError, Client

PAGE = 1_000


class _Event(msgspec.Struct, frozen=True):
    seq: int
    ref: str = ""


class _Page(msgspec.Struct, frozen=True):
    events: list[_Event] = []
    next: Any = None


class Proof:
    """Every acknowledged (region, seq, ref)."""

    def __init__(self) -> None:
        self._acknowledged: dict[str, dict[int, str]] = defaultdict(dict)

    def __len__(self) -> int:
        return sum(len(found) for found in self._acknowledged.values())

    def remember(self, region: str, seq: int, ref: str) -> None:
        """This was promised. seq 0 means that nothing had to be stored."""
        if seq > 0:
            self._acknowledged[region][seq] = ref

    def newest(self) -> dict[str, int]:
        """The last acknowledged position of each region."""
        return {region: max(found) for region, found in self._acknowledged.items()}

    async def lost(self, reader: Client) -> tuple[int | None, list[str]]:
        """How many promises are not kept, with examples. None: the feed could not be read; not checked is not fine."""
        count = 0
        examples: list[str] = []
        for region, promised in sorted(self._acknowledged.items()):
            try:
                present = await _present(reader, region, min(promised) - 1, max(promised))
            except (ApiError, ConnectionError, msgspec.DecodeError) as error:
                return None, [f"{region}: the feed could not be read: {error}"]
            for seq, ref in sorted(promised.items()):
                there = present.get(seq)
                if there is None or (ref and there and there != ref):
                    count += 1
                    if len(examples) < 20:
                        examples.append(f"{region} {seq} {ref}: {'missing' if there is None else f'holds {there}'}")
        return count, examples


async def _present(reader: Client, region: str, after: int, last: int) -> dict[int, str]:
    found: dict[int, str] = {}
    while after < last:
        page: _Page = await reader.get("/api/feed", _Page, region=region, after=after, limit=PAGE)
        found.update((e.seq, e.ref) for e in page.events)
        newest = page.events[-1].seq if page.events else after
        following = page.next if isinstance(page.next, int) else newest
        if max(newest, following) <= after:
            break
        after = max(newest, following)
    return found
