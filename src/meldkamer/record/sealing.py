"""Sealing: personal fields leave an event as ciphertext, one key per aggregate and compartment.

A field marked `seal` in its type is taken out of the body, encrypted with AES-256-GCM under a random nonce, and bound
to subject, event id, type and compartment. Whoever lacks the key reads None, and is told what stayed closed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Set
from functools import cache
from types import MappingProxyType
from typing import Protocol, get_args

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from meldkamer.domain.basics import Event
from meldkamer.domain.clock import Millis
from meldkamer.record.keys import Destruction
from meldkamer.record.port import Entry, NewEvent, RecordError
from meldkamer.record.upcast import Upcasts

NONCE_BYTES = 12


class KeyStore(Protocol):
    """Where keys live: outside the record, also in reach of an island."""

    async def obtain(self, subject: str, compartment: str) -> bytes:
        """The key, made and durable before it is returned when there was none. Raises KeyDestroyed, KeysLost."""
        ...

    def find(self, subject: str, compartment: str) -> bytes | None:
        """The key, or None when it was destroyed or never made. Raises KeysLost."""
        ...

    async def destroy(self, subject: str, compartment: str, at: Millis, reason: str, by: str) -> bool:
        """Destroy a key for good: it never comes back, and nothing can be sealed with it. False when there was none."""
        ...

    def destroyed(self) -> list[Destruction]:
        """Every destruction, oldest first."""
        ...


class UnknownEvent(RecordError):
    """An event that this program does not know or cannot read: it was written by a newer one."""


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
        schema = self._upcasts.current(type_)
        fields = self._sealed[type(event)]
        if not fields:
            return type_, schema, self._encoder.encode(event), {}
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
        return type_, schema, body, sealed

    def decode(self, entry: Entry, allowed: Set[str] | None) -> Opened:
        """The event with what the allowed compartments' keys open (None = all). Raises UnknownEvent."""
        stored = entry.event
        opened: dict[str, str] = {}
        closed = set()
        for compartment, text in stored.sealed.items():
            clear = self._open(entry, compartment, text) if allowed is None or compartment in allowed else None
            if clear is None:
                closed.add(compartment)
            else:
                opened |= clear
        try:
            return Opened(self._event(stored.type, stored.schema, stored.body, opened), frozenset(closed))
        except msgspec.MsgspecError as error:
            raise UnknownEvent(f"{entry.region} {entry.seq}: {stored.type!r} cannot be read: {error}") from error

    def reseal(
        self, event: NewEvent, subject: str, compartment: str, ours: bytes, theirs: bytes | None
    ) -> bytes | None:
        """A stored event's ciphertext under another key: the text that one key opens, sealed with the other. None when
        there is no other any more; as it is when the first does not open it."""
        bound, text = _bound(subject, event.id, event.type, compartment), event.sealed[compartment]
        if theirs is None:
            return None
        try:
            clear = AESGCM(ours).decrypt(text[:NONCE_BYTES], text[NONCE_BYTES:], bound)
        except (InvalidTag, ValueError):
            return text  # it was sealed with the key that stands, which had come here by then
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(theirs).encrypt(nonce, clear, bound)

    def _open(self, entry: Entry, compartment: str, text: bytes) -> dict[str, str] | None:
        key = self._keys.find(entry.subject, compartment)
        if key is None:
            return None
        bound = _bound(entry.subject, entry.event.id, entry.event.type, compartment)
        try:
            clear = AESGCM(key).decrypt(text[:NONCE_BYTES], text[NONCE_BYTES:], bound)
        except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce and a tag
            return None
        return msgspec.msgpack.decode(clear, type=dict[str, str])

    def _event(self, type_: str, schema: int, body: bytes, opened: dict[str, str]) -> Event:
        if self._upcasts.knows(type_, schema):
            # Opened fields are lifted with the others, as a step may rename or split them.
            type_, fields = self._upcasts.lift(type_, schema, msgspec.msgpack.decode(body) | opened)
            return msgspec.convert(fields, self._class(type_))
        self._class(type_)
        if schema > self._upcasts.current(type_):
            raise UnknownEvent(f"event type {type_!r} in schema {schema} is not known to this program")
        event: Event = self._decoders[type_].decode(body)
        return msgspec.structs.replace(event, **opened) if opened else event

    def _class(self, type_: str) -> type[Event]:
        if (cls := self._types.get(type_)) is None:
            raise UnknownEvent(f"event type {type_!r} is not known to this program")
        return cls


@cache
def sealed_fields(cls: type[msgspec.Struct]) -> Mapping[str, str]:
    """Field -> compartment (or `@field`) of the fields of a struct that are marked `seal`."""
    hints = msgspec.inspect.type_info(cls)
    found = {}
    for field in hints.fields if isinstance(hints, msgspec.inspect.StructType) else ():
        for part in (field.type, *(get_args(field.type) or ())):
            extra = getattr(part, "extra", None)
            if extra and "seal" in extra:
                found[field.name] = str(extra["seal"])
    return MappingProxyType(found)


def _compartment(event: Event, compartment: str) -> str:
    return str(getattr(event, compartment[1:])) if compartment.startswith("@") else compartment


def _bound(subject: str, event_id: str, type_: str, compartment: str) -> bytes:
    return "\x1f".join((subject, event_id, type_, compartment)).encode()
