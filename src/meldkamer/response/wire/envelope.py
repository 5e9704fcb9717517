"""The form of a datagram: who sends it, for which unit, the how-manieth it is, the line, and a proof over all of it.

    MK1 <sender> <unit> <counter> <line> <proof>

One line of ASCII, parts divided by one blank, the line itself without blanks. proof: HMAC-SHA-256 with the sender's key
over everything before the last blank, as 64 hexadecimal digits.
"""

from __future__ import annotations

import hashlib
import hmac
import re

import msgspec

from meldkamer.response.wire.refusals import BadLine

LONGEST = 512
"""Bytes of a datagram. A sentence has at most 82 characters, so there is room for long names."""
MOST_COUNTER = 2**63 - 1
_FORM = re.compile(
    r"(MK1 ([0-9A-Za-z._-]{1,64}) ([A-Z][A-Z0-9]{0,15}/[0-9A-Za-z_-]{1,64}) (\d{1,19}) ([!-~]{1,200}))"
    r" ([0-9a-f]{64})\r?\n?"
)


class Envelope(msgspec.Struct, frozen=True):
    """A datagram taken apart; nothing of it is proven yet. said: what the proof is over."""

    sender: str
    unit: str
    counter: int
    line: str
    said: bytes
    proof: str

    def proven_by(self, key: bytes) -> bool:
        """Whether it was made with this key."""
        return hmac.compare_digest(proof_of(self.said, key), self.proof)


def open_envelope(datagram: bytes) -> Envelope:
    """Take it apart. Raises BadLine."""
    if len(datagram) > LONGEST:
        raise BadLine("too_long")
    try:
        found = _FORM.fullmatch(datagram.decode("ascii"))
    except UnicodeDecodeError:
        found = None
    if found is None or (counter := int(found[4])) > MOST_COUNTER:
        raise BadLine("not_an_envelope")
    return Envelope(found[2], found[3], counter, found[5], found[1].encode("ascii"), found[6])


def seal(sender: str, unit: str, counter: int, line: str, key: bytes) -> bytes:
    """A datagram as a gateway makes it."""
    said = f"MK1 {sender} {unit} {counter} {line}".encode("ascii")
    return said + b" " + proof_of(said, key).encode("ascii")


def proof_of(said: bytes, key: bytes) -> str:
    """The proof over these bytes."""
    return hmac.new(key, said, hashlib.sha256).hexdigest()
