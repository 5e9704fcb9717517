"""What is offered to a stream, and the four ways in which that ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

WRONG_LAST_SEQUENCE = 10071
"""The one code of a conflict; 10164, of nearly the same words, says that the subject is still in process."""
_NOTHING_LEFT = frozenset({10002, 10023, 10047, 10077})
"""The server has no room or no memory for it, or its disk refuses."""


class Message(msgspec.Struct, frozen=True):
    """One message to store. `newest`: the sequence of the newest message that its subject must have now, if checked."""

    subject: str
    payload: bytes
    newest: int | None = None


class Stored(msgspec.Struct, frozen=True):
    """All of it is stored by a majority and fsynced; `seq` is the last one's."""

    seq: int


class Moved(msgspec.Struct, frozen=True):
    """Nothing was stored by this attempt: the stream (or a subject) goes on to `seq` already."""

    seq: int


class Refusal(msgspec.Struct, frozen=True):
    """Nothing was stored by this attempt, for another reason; `full`: for want of room."""

    why: str
    full: bool = False


class Silence(msgspec.Struct, frozen=True):
    """It was sent and no answer came: stored or not."""

    why: str


def checks(message: Message, after: int | None) -> dict[str, str]:
    """The headers by which the server compares before it stores."""
    headers: dict[str, str] = {}
    if after is not None:
        headers["Nats-Expected-Last-Sequence"] = str(after)
    if message.newest is not None:
        headers["Nats-Expected-Last-Subject-Sequence"] = str(message.newest)
    return headers


def outcome(answer: Mapping[str, Any]) -> Stored | Moved | Refusal | Silence:
    """What the server's answer to the last message means."""
    error = answer.get("error")
    if error is None:
        return Stored(int(answer["seq"])) if answer.get("seq") else Silence(f"an answer without a place: {answer}")
    code, text = int(error.get("err_code", 0)), str(error.get("description", ""))
    if code == WRONG_LAST_SEQUENCE:
        return Moved(int(text.rpartition(":")[2]))
    return Refusal(f"{text} ({code})", full=code in _NOTHING_LEFT)
