"""What a command ends in: done, or one of a few reasons why not. *Unknown* and the store's own errors pass through."""

from __future__ import annotations

from typing import Literal

import msgspec


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """Stored. ref: the aggregate that the command made or changed.

    seq: the last sequence to wait for; 0 when nothing had to be stored because it was so already.
    """

    outcome: Literal["SAFE", "LOCAL"]
    region: str
    seq: int
    ref: str
    duplicate: bool = False


class NotOwner(Exception):
    """The room does not own the function that this needs; `owner` does (empty: nobody)."""

    def __init__(self, function: str, owner: str) -> None:
        super().__init__(f"{function} is served by {owner or 'nobody'}")
        self.function, self.owner = function, owner
