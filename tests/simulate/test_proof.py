"""What counts as lost: an acknowledgement of which nothing is where it was said to be."""

from __future__ import annotations

from typing import Any, cast

import msgspec
import pytest

from meldkamer.client import Client
from meldkamer.simulate.proof import Proof


class Feed:
    """The feed of one region, as (seq, ref)."""

    def __init__(self, *events: tuple[int, str]) -> None:
        self._events = events

    async def get(self, path: str, type: type[Any], *, region: str, after: int, limit: int) -> Any:
        events = [{"seq": seq, "ref": ref} for seq, ref in self._events if seq > after][:limit]
        return msgspec.convert({"events": events, "next": events[-1]["seq"] if events else after}, type)


async def lost(proof: Proof, *events: tuple[int, str]) -> int | None:
    count, examples = await proof.lost(cast(Client, Feed(*events)))
    assert count == len(examples)
    return count


@pytest.mark.parametrize(
    ("seq", "ref", "again", "missed"),
    [
        (2, "LB/b", False, 0),
        (2, "LB/a", False, 1),  # something else stands there
        (3, "LB/c", False, 1),  # nothing does
        (2, "LB/a", True, 0),  # stored together with b, which ended it
        (1, "LB/b", True, 1),  # it came after that
        (2, "LB/c", True, 1),
        (0, "LB/c", False, 0),  # nothing had to be stored
    ],
)
async def test_a_promise_is_kept_where_it_was_made(seq: int, ref: str, again: bool, missed: int) -> None:
    proof = Proof()
    proof.remember("LB", seq, ref, again)
    assert await lost(proof, (1, "LB/a"), (2, "LB/b")) == missed
