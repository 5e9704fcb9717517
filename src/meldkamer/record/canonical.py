"""What an entry's hash covers: one canonical form, the same in every engine, which is also the stored form.

msgpack of `[previous, subject, version, batch, n, of, event]`, maps in key order, the event as `port.NewEvent` encodes
itself. The sequence is not in it: an engine that learns the sequence from a server must know the hash before.
Personal fields are in it as ciphertext only, so destroying a key breaks no proof.
"""

from __future__ import annotations

import hashlib

import msgspec

from meldkamer.record.port import Entry, NewEvent

FIRST = b""
"""`previous` of a subject's first entry."""


class Stored(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The canonical form, decoded."""

    previous: bytes
    subject: str
    version: int
    batch: str
    n: int
    of: int
    event: NewEvent


_ENCODE = msgspec.msgpack.Encoder(order="deterministic").encode


encode_plain = _ENCODE
"""Any plain value -> canonical msgpack; of the tuple of a Stored's fields it makes the stored form."""


def encode_event(event: NewEvent) -> msgspec.Raw:
    """The event's part of the canonical form; can be made before previous hash and version are known."""
    return msgspec.Raw(_ENCODE(event))


def encode(previous: bytes, subject: str, version: int, batch: str, n: int, of: int, event: msgspec.Raw) -> bytes:
    """The canonical form around an encoded event."""
    return _ENCODE((previous, subject, version, batch, n, of, event))


def digest(data: bytes) -> bytes:
    """SHA-256 over a canonical form, 32 bytes."""
    return hashlib.sha256(data).digest()


decode = msgspec.msgpack.Decoder(Stored).decode
"""bytes -> Stored. Raises msgspec.MsgspecError (a ValueError) when the bytes are not a canonical form."""


def hash_of(entry: Entry) -> bytes:
    """The hash that this entry must carry."""
    return digest(
        encode(entry.previous, entry.subject, entry.version, entry.batch, entry.n, entry.of, encode_event(entry.event))
    )
