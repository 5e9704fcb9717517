"""What a new text of a file changes, line by line, for people to read and to have read out."""

from __future__ import annotations

import difflib
from typing import Literal

import msgspec

Kind = Literal["same", "gone", "new", "skip"]
AROUND = 2
"""Lines that stay the same and are shown around a change."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the difference. old, new: its number in the two texts, 0 where it is not; of `skip`, how many lines
    that stay the same are left out (`old`)."""

    kind: Kind
    old: int
    new: int
    text: str


def difference(before: str, after: str) -> list[Line]:
    """What goes and what comes, with the lines around it. Nothing for two equal texts."""
    old, new = before.split("\n")[:-1], after.split("\n")[:-1]
    found: list[Line] = []
    last = 0
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(AROUND):
        if (left_out := group[0][1] - last) > 0:
            found.append(Line(kind="skip", old=left_out, new=0, text=""))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                found += [
                    Line(kind="same", old=i + 1, new=j + 1, text=old[i])
                    for i, j in zip(range(i1, i2), range(j1, j2), strict=True)
                ]
                continue
            found += [Line(kind="gone", old=i + 1, new=0, text=old[i]) for i in range(i1, i2)]
            found += [Line(kind="new", old=0, new=j + 1, text=new[j]) for j in range(j1, j2)]
        last = group[-1][2]
    if found and last < len(old):
        found.append(Line(kind="skip", old=len(old) - last, new=0, text=""))
    return found
