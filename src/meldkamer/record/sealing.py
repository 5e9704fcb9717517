"""Sealing: personal fields leave an event as ciphertext, one key per aggregate and compartment.

A field marked `seal` in its type is taken out of the body, encrypted with AES-256-GCM under a random nonce, and bound
to subject, event id, type and compartment. Whoever lacks the key reads None, and is told which compartment stayed closed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Set
from typing import Any, Protocol, get_args

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from meldkamer.domain.basics import Event
from meldkamer.record.port import Entry, RecordError
from meldkamer.record.upcast import Upcasts

NONCE_BYTES = 12
SCHEMA = 1


class KeyStore(Protocol):
    """Where keys live: outside the record, also in reach of an island."""

    async def obtain(self, subject: str, compartment: str) -> bytes:
        """The key, made and durable before it is returned when there was none. Raises KeyDestroyed, KeysLost."""
        ...

    def find(self, subject: str, compartment: str) -> bytes | None:
        """The key, or None when it was destroyed or never made. Raises KeysLost."""
        ...


class UnknownEvent(RecordError):
    """An event type that this program does not know: it was written by a newer one."""


class Opened(msgspec.Struct, frozen=True):
    """A decoded event. unreadable: compartments that hold something which could not or may not be opened."""

    event: Event
    unreadable: frozenset[str]


class Sealer:
    """Turns events into what is stored, and back."""

    def __init__(self, types: Mapping[str, type[Event]], keys: KeyStore, upcasts: Upcasts | None = None) -> None:
        self._types = dict(types)
        self._keys = keys
        self._upcasts = upcasts or Upcasts()
        self._decoders = {name: msgspec.msgpack.Decoder(cls) for name, cls in types.items()}
        self._sealed = {cls: sealed_fields(cls) for cls in types.values()}
        self._encoder = msgspec.msgpack.Encoder()

    async def encode(self, event: Event, subject: str, event_id: str) -> tuple[str, int, bytes, dict[str, bytes]]:
        """Type, schema version, body and ciphertext per compartment of an event."""
        type_ = str(event.__struct_config__.tag)
        fields = self._sealed[type(event)]
        if not fields:
            return type_, SCHEMA, self._encoder.encode(event), {}
        secrets: dict[str, dict[str, str]] = {}
        for name, compartment in fields.items():
            value = getattr(event, name)
            if value is not None:
                secrets.setdefault(_compartment(event, compartment), {})[name] = value
        body = self._encoder.encode(msgspec.structs.replace(event, **dict.fromkeys(fields)))
        sealed = {}
        for compartment, values in secrets.items():
            key = await self._keys.obtain(subject, compartment)
            nonce = os.urandom(NONCE_BYTES)
            text = self._encoder.encode(values)
            sealed[compartment] = nonce + AESGCM(key).encrypt(
                nonce, text, _bound(subject, event_id, type_, compartment)
            )
        return type_, SCHEMA, body, sealed

    def decode(self, entry: Entry, allowed: Set[str] | None) -> Opened:
        """The event with what the allowed compartments' keys open (None = all). Raises UnknownEvent."""
        stored = entry.event
        event = self._decode_body(stored.type, stored.schema, stored.body)
        if not stored.sealed:
            return Opened(event, frozenset())
        opened: dict[str, Any] = {}
        closed = set()
        for compartment, text in stored.sealed.items():
            key = self._keys.find(entry.subject, compartment) if allowed is None or compartment in allowed else None
            if key is None:
                closed.add(compartment)
                continue
            bound = _bound(entry.subject, stored.id, stored.type, compartment)
            try:
                clear = AESGCM(key).decrypt(text[:NONCE_BYTES], text[NONCE_BYTES:], bound)
            except InvalidTag:
                closed.add(compartment)
                continue
            opened |= msgspec.msgpack.decode(clear, type=dict[str, str])
        return Opened(msgspec.structs.replace(event, **opened) if opened else event, frozenset(closed))

    def _decode_body(self, type_: str, schema: int, body: bytes) -> Event:
        if schema != SCHEMA or self._upcasts.knows(type_, schema):
            type_, fields = self._upcasts.lift(type_, schema, msgspec.msgpack.decode(body))
            cls = self._types.get(type_)
            if cls is None:
                raise UnknownEvent(f"event type {type_!r} is not known to this program")
            return msgspec.convert(fields, cls)
        decoder = self._decoders.get(type_)
        if decoder is None:
            raise UnknownEvent(f"event type {type_!r} is not known to this program")
        return decoder.decode(body)


def sealed_fields(cls: type[msgspec.Struct]) -> dict[str, str]:
    """Field -> compartment (or `@field`) of the fields of a struct that are marked `seal`."""
    hints = msgspec.inspect.type_info(cls)
    found = {}
    for field in hints.fields if isinstance(hints, msgspec.inspect.StructType) else ():
        for part in (field.type, *(get_args(field.type) or ())):
            extra = getattr(part, "extra", None)
            if extra and "seal" in extra:
                found[field.name] = str(extra["seal"])
    return found


def _compartment(event: Event, compartment: str) -> str:
    return str(getattr(event, compartment[1:])) if compartment.startswith("@") else compartment


def _bound(subject: str, event_id: str, type_: str, compartment: str) -> bytes:
    return "\x1f".join((subject, event_id, type_, compartment)).encode()
