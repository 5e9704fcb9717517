"""What a room says of itself with each heart-beat: which process it is, what it runs, and how it is.

It travels as the lease's holder, so it needs no way of its own, and its age is the heart-beat's. A program that is
older or newer than this one may say less or more: what is not said is empty, what is not known is passed over.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec


class Statement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """process: its own id. version: of the program. pack, settings: the first 16 hexadecimal digits of the SHA-256 of
    the country's data and of the settings file. geography: of the release in force, `-` for the pack alone. health: the
    worst of its checks (`fine`, `degraded`,
    `could_not_check`; empty before the first look). bad: the checks that are not fine, with what they found. sees:
    other rooms that it sees `silent`, or `down` because a person said so."""

    process: str
    version: str = ""
    pack: str = ""
    settings: str = ""
    geography: str = ""
    health: str = ""
    bad: dict[str, str] = {}
    sees: dict[str, str] = {}

    def text(self) -> str:
        """As it is put into a lease."""
        return msgspec.json.encode(self).decode()


_DECODE = msgspec.json.Decoder(Statement).decode
_PLAIN = ("process", "version", "pack", "settings", "geography", "health")


def read_statement(holder: str) -> Statement:
    """What the holder of a lease says; of a program that says nothing only who it is."""
    try:
        return _DECODE(holder)
    except msgspec.MsgspecError:
        pass
    # Something in it has another shape than here: what is plain text still counts.
    try:
        said = msgspec.json.decode(holder, type=dict[str, Any])
    except msgspec.MsgspecError:
        said = {}
    plain = {name: said[name] for name in _PLAIN if isinstance(said.get(name), str)}
    return Statement(**({"process": holder} | plain))


def short_digest(data: bytes) -> str:
    """What stands for a file where people compare it."""
    return hashlib.sha256(data).hexdigest()[:16]
