"""An entry as one message, and back.

subject   that of the aggregate, with what NATS forbids in a subject written as %XX of its UTF-8
payload   msgpack of [canonical form, its SHA-256, the room's signature or nothing]: all that an export holds
"""

from __future__ import annotations

import re
from urllib.parse import unquote

import msgspec

from meldkamer.record import canonical
from meldkamer.record.port import Entry

_FORBIDDEN = re.compile(r"[^A-Za-z0-9_/=+-]")
_EMPTY = "%"
_DECODE = msgspec.msgpack.Decoder(tuple[bytes, bytes, bytes]).decode


class NotAnEntry(Exception):
    """A message that no writer of ours has made. Says why."""


def nats_subject(subject: str) -> str:
    """The subject of a subject's messages; different for different subjects."""
    return ".".join(_FORBIDDEN.sub(_escape, token) or _EMPTY for token in subject.split("."))


def _escape(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode())


def subject_of(nats: str) -> str | None:
    """The subject whose messages stand under a NATS subject; None when no writer of ours has made it."""
    subject = ".".join("" if token == _EMPTY else unquote(token) for token in nats.split("."))
    return subject if nats_subject(subject) == nats else None


def payload(data: bytes, hash: bytes, signature: bytes) -> bytes:
    """What is stored for a canonical form."""
    return canonical.encode_plain((data, hash, signature))


def parts(payload: bytes) -> tuple[bytes, bytes, bytes]:
    """Canonical form, hash and signature. Raises NotAnEntry."""
    try:
        return _DECODE(payload)
    except msgspec.MsgspecError as error:
        raise NotAnEntry(f"its payload cannot be read: {error}") from None


def entry(region: str, seq: int, subject: str, message: bytes) -> Entry:
    """The entry in a message on a NATS subject, its hash checked. Raises NotAnEntry."""
    data, hash, signature = parts(message)
    if canonical.digest(data) != hash:
        raise NotAnEntry("its content does not fit its hash")
    try:
        stored = canonical.decode(data)
    except (ValueError, TypeError) as error:
        raise NotAnEntry(f"its content cannot be read: {error}") from None
    if (stored.subject != subject or _EMPTY in subject) and nats_subject(stored.subject) != subject:
        raise NotAnEntry(f"an entry of {stored.subject} on the subject {subject}")
    return Entry(
        region=region,
        seq=seq,
        subject=stored.subject,
        version=stored.version,
        event=stored.event,
        batch=stored.batch,
        n=stored.n,
        of=stored.of,
        previous=stored.previous,
        hash=hash,
        signature=signature,
    )
