"""The network's key store: keys in a replicated stream, wrapped by a master key that no server ever sees.

A key is made by compare-and-set on its own subject, so that of rooms that make it at once one wins and the others use
that one. Destroying a key is storing a tombstone on its subject, which takes the place of the wrapped key on every
server; every room that reads it wipes its own copy. Each room follows the stream and keeps all keys, so what it knows
stays readable when it is cut off; a new key needs a majority of the core.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from meldkamer.domain.clock import Millis
from meldkamer.record.jetstream_access import Access, RequestFailed, Unreachable
from meldkamer.record.jetstream_client import JetStreamClient
from meldkamer.record.jetstream_connection import stopped
from meldkamer.record.jetstream_message import nats_subject
from meldkamer.record.jetstream_outcome import Message, Moved, Stored
from meldkamer.record.jetstream_reader import Raw, between, follow_newest, newest
from meldkamer.record.jetstream_streams import KEYS, Settings, check, info, key_stream, make
from meldkamer.record.key_cache import KeyCache, WrappedKey
from meldkamer.record.keys import KEY_BYTES, Destruction, KeyDestroyed, KeysLost
from meldkamer.record.port import RecordError
from meldkamer.record.secret import read_secret

MEMORY = 50_000
_TRY_SECONDS, _PAUSE_SECONDS, _WAIT_SECONDS = 3.0, 0.05, 5.0
_NONCE = 12
_AT_ONCE = 100
_DECODE = msgspec.msgpack.Decoder(WrappedKey).decode

log = logging.getLogger(__name__)


class JetStreamKeys:
    """The port's key store over the core's servers. Made by `open`, used in the loop that it was opened in."""

    def __init__(self, client: JetStreamClient, cache: KeyCache, master: Path, seconds: float) -> None:
        self._client, self._cache, self._path, self._seconds = client, cache, master, seconds
        self._master = AESGCM(_read_master(master))
        self._keys: dict[tuple[str, str], bytes] = {}
        self._making: dict[tuple[str, str], asyncio.Task[bytes]] = {}
        self._follower: asyncio.Task[None] | None = None
        self._closed = False
        self._alone = False

    @classmethod
    async def open(
        cls,
        core: Access,
        cache: Path,
        master: Path,
        *,
        replicas: int = 5,
        domain: str = "",
        create: bool = False,
        name: str = "meldkamer keys",
        seconds: float = 10.0,
        patience: float = 10.0,
        alone: bool = False,
    ) -> JetStreamKeys:
        """Connect, and read every key that is there.

        core: as of `JetStreamRecord.open`, with a user who may publish to `key.>` and read the stream KEYS. cache:
        folder of this process alone. master: file with the 32 bytes of the network's master key, mode 0600.
        create, replicas: whether to make the stream when it is missing, and of how many copies. seconds: how long
        making or destroying a key is tried. patience: seconds that this waits for servers that do not answer. alone:
        begin with what is here, as the core is known to be out of reach (see `go_alone`).

        Raises Unreachable, WrongStream, KeysLost, NKeyError, RecordError.
        """
        client = JetStreamClient(core, name, domain)
        store = KeyCache(cache)
        try:
            keys = cls(client, store, master, seconds)
            if alone:
                client.begin()
                keys.go_alone()
                keys._follower = asyncio.create_task(keys._begin_later(replicas), name="keys of the network")
            else:
                await client.open(patience)
                await keys._begin(replicas, create, patience)
        except BaseException:
            await client.close()
            store.close()
            raise
        return keys

    async def _begin(self, replicas: int, create: bool, patience: float) -> None:
        end = _now() + patience
        while True:
            try:
                stream, last = await self._read_all(key_stream(replicas), create)
                self._follower = asyncio.create_task(self._follow(stream, last), name="keys of the network")
                return
            except (Unreachable, RequestFailed):  # a core that has just started elects a leader first
                if _now() > end:
                    raise
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _begin_later(self, replicas: int) -> None:
        """Read every key once the core is in reach, and follow from there."""
        while True:
            try:
                await self._client.ready(_WAIT_SECONDS)
                stream, last = await self._read_all(key_stream(replicas), create=False)
            except RecordError as error:
                log.info("keys of other rooms cannot be read yet: %s", error)
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                return await self._follow(stream, last)

    async def _read_all(self, settings: Settings, create: bool) -> tuple[str, int]:
        """Read what the stream has. Returns what tells this stream from others, and up to where it was read."""
        found = await info(self._client, KEYS)
        if found is None:
            if not create:
                raise RecordError(f"no stream {KEYS}: `network streams` makes the streams")
            found = await make(self._client, settings)
        check(found, settings)
        stream, last = str(found["created"]), int(found["state"]["last_seq"])
        known = self._cache.position(stream)
        after = known or 0
        await self._take(await between(self._client, KEYS, after, last), stream)
        if known is None:
            await self._put_back()
            await asyncio.to_thread(self._cache.take, [], stream, last)
        if (one := self._cache.any()) is not None:
            self._unwrap(one)  # a master key of another network is told now, not at the first call
        return stream, max(after, last)

    async def _put_back(self) -> None:
        """Give a core that was made anew the keys and tombstones that are here; a tombstone anywhere is one for all."""
        name = ("", "")
        while some := self._cache.after(name, _AT_ONCE):
            stored = await asyncio.gather(*(self._store(key, 0) for key in some))
            for key, new in zip(some, stored, strict=True):
                if not new and not key.wrapped:
                    await self.destroy(key.subject, key.compartment, key.at, key.reason, key.by)
            name = (some[-1].subject, some[-1].compartment)

    async def _follow(self, stream: str, after: int) -> None:
        while True:
            try:
                async with contextlib.aclosing(follow_newest(self._client, KEYS, after)) as messages:
                    async for some in messages:
                        await self._take(some, stream)
                        after = some[-1].seq
            except sqlite3.Error as error:
                log.error("keys of other rooms cannot be kept here, tried again: %s", error)
                await asyncio.sleep(1.0)

    async def _take(self, raws: list[Raw], stream: str) -> None:
        """Keep what was read from the stream, in order."""
        if not raws:
            return
        keys = [key for raw in raws if (key := _key(raw)) is not None]
        await asyncio.to_thread(self._cache.take, keys, stream, raws[-1].seq)
        self._forget(keys)

    # --- the port ---------------------------------------------------------------------------------------------------

    async def obtain(self, subject: str, compartment: str) -> bytes:
        """The key; a new one is stored by a majority before it is returned.

        Raises KeyDestroyed, KeysLost; Unreachable when there is none here and the core takes none.
        """
        if (key := self.find(subject, compartment)) is not None:
            return key
        name = (subject, compartment)
        making = self._making.get(name)
        if making is None:
            making = self._making[name] = asyncio.create_task(self._make(subject, compartment))
            making.add_done_callback(lambda _: self._making.pop(name, None))
        return await asyncio.shield(making)

    async def _make(self, subject: str, compartment: str) -> bytes:
        known = self._cache.find(subject, compartment)
        if known is None and self._alone:
            new = self._wrap(subject, compartment, os.urandom(KEY_BYTES))
            return self._remember(await asyncio.to_thread(self._cache.make, new))
        if known is None:
            new = self._wrap(subject, compartment, os.urandom(KEY_BYTES))
            try:
                known = new if await self._store(new, 0) else await self._newest(subject, compartment)
            except Unreachable:
                if not self._alone:
                    raise
                return self._remember(await asyncio.to_thread(self._cache.make, new))
        if known is None:
            raise Unreachable(f"the key of {subject}: the core says that there is one and does not give it")
        try:
            await asyncio.to_thread(self._cache.take, [known])
            known = self._cache.find(subject, compartment) or known  # it may have been destroyed meanwhile
        except sqlite3.Error as error:
            log.error("%s: its key is on the servers and cannot be kept here yet: %s", subject, error)
        if not known.wrapped:
            raise KeyDestroyed(subject, compartment)
        return self._remember(known)

    def find(self, subject: str, compartment: str) -> bytes | None:
        """The key, or None when it was destroyed, never made, or has not come here yet. Raises KeysLost."""
        key = self._keys.get((subject, compartment))
        if key is not None:
            return key
        found = self._cache.pending(subject, compartment) if self._alone else None
        found = found or self._cache.find(subject, compartment)
        return None if found is None or not found.wrapped else self._remember(found)

    async def destroy(self, subject: str, compartment: str, at: Millis, reason: str, by: str) -> bool:
        """Destroy a key for good, in every room. False when there was none to destroy.

        Raises Unreachable; RecordError: done, but not yet wiped here.
        """
        end = _now() + self._seconds
        tombstone = WrappedKey(subject, compartment, b"", at, reason, by)
        tried = False
        while True:
            raw = await newest(self._client, KEYS, _subject(subject, compartment))
            found = None if raw is None else _key(raw)
            if raw is None or found is None:
                return False
            if not found.wrapped:
                await self._wipe(found)
                return tried and found == tombstone
            tried = True
            if await self._store(tombstone, raw.seq):
                await self._wipe(tombstone)
                return True
            if _now() > end:
                raise Unreachable(f"the key of {subject}: others change it all the time")

    async def _wipe(self, tombstone: WrappedKey) -> None:
        try:
            await asyncio.to_thread(self._cache.take, [tombstone])
        except sqlite3.Error as error:
            raise RecordError(f"destroyed on the servers, but not yet wiped here: {error}") from error
        finally:
            self._forget([tombstone])

    def _forget(self, keys: Sequence[WrappedKey]) -> None:
        for key in keys:
            if not key.wrapped:
                self._keys.pop((key.subject, key.compartment), None)

    def destroyed(self) -> list[Destruction]:
        """Every destruction that has come here, oldest first."""
        return self._cache.destroyed()

    # --- cut off ----------------------------------------------------------------------------------------------------

    def go_alone(self) -> None:
        """From now on new keys are made here alone, until `hand_in`."""
        self._alone = True

    async def hand_in(self) -> dict[tuple[str, str], tuple[bytes, bytes | None]]:
        """Give the core the keys that were made here alone. Returns, by subject and compartment, those that it had
        another one for: ours and the one that stands (None: it was destroyed). Raises RecordError.

        Safe to repeat; ours are forgotten by `gathered`, when what they sealed has been brought there too.
        """
        others: dict[tuple[str, str], tuple[bytes, bytes | None]] = {}
        pending = await asyncio.to_thread(self._cache.all_pending)
        for some in (pending[n : n + _AT_ONCE] for n in range(0, len(pending), _AT_ONCE)):
            standing = await asyncio.gather(*map(self._standing, some))
            await asyncio.to_thread(self._cache.take, standing)
            for ours, stands in zip(some, standing, strict=True):
                if stands.wrapped != ours.wrapped:
                    theirs = self._unwrap(stands) if stands.wrapped else None
                    others[ours.subject, ours.compartment] = (self._unwrap(ours), theirs)
        return others

    async def _standing(self, ours: WrappedKey) -> WrappedKey:
        """Give the core a key, and return the one that it has then. Raises Unreachable."""
        stands = ours if await self._store(ours, 0) else await self._newest(ours.subject, ours.compartment)
        if stands is None:
            raise Unreachable(f"the key of {ours.subject}: the core says that there is one and does not give it")
        return stands

    async def gathered(self) -> None:
        """What was sealed alone has been brought to the others: back to one set of keys for all."""
        await asyncio.to_thread(self._cache.handed_in)
        self._alone = False
        self._keys.clear()

    # --- beyond the port --------------------------------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """Whether a server of the core answers, so that other rooms' new keys come here."""
        return self._client.connected

    async def close(self) -> None:
        """Finish what is being made, and let go of servers and files."""
        if self._closed:
            return
        self._closed = True
        if self._making:
            await asyncio.wait(list(self._making.values()))
        if self._follower is not None:
            await stopped(self._follower)
        await self._client.close()
        self._cache.close()

    # --- inside -----------------------------------------------------------------------------------------------------

    async def _store(self, key: WrappedKey, after: int) -> bool:
        """Store it where the newest message of its subject is `after`. False: it is another one, or it is this one by
        an attempt whose answer was lost; the newest tells. Raises Unreachable."""
        subject = _subject(key.subject, key.compartment)
        message = Message(subject, msgspec.msgpack.encode(key), after)
        end = _now() + self._seconds
        while True:
            outcome = await self._client.store([message], None, _TRY_SECONDS)
            if isinstance(outcome, Stored | Moved):
                return isinstance(outcome, Stored)
            if _now() > end or self._alone:
                raise Unreachable(f"the key of {key.subject}: {outcome.why}")
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _newest(self, subject: str, compartment: str) -> WrappedKey | None:
        raw = await newest(self._client, KEYS, _subject(subject, compartment))
        return None if raw is None else _key(raw)

    def _remember(self, key: WrappedKey) -> bytes:
        if len(self._keys) >= MEMORY:
            self._keys.clear()
        clear = self._keys[key.subject, key.compartment] = self._unwrap(key)
        return clear

    def _wrap(self, subject: str, compartment: str, key: bytes) -> WrappedKey:
        nonce = os.urandom(_NONCE)
        wrapped = nonce + self._master.encrypt(nonce, key, _bound(subject, compartment))
        return WrappedKey(subject, compartment, wrapped)

    def _unwrap(self, key: WrappedKey) -> bytes:
        bound = _bound(key.subject, key.compartment)
        try:
            return self._master.decrypt(key.wrapped[:_NONCE], key.wrapped[_NONCE:], bound)
        except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce and a tag
            raise KeysLost(f"{self._path}: not the master key of the network's key of {key.subject}") from None


def _key(raw: Raw) -> WrappedKey | None:
    """The key in a message; None for what no room of ours has stored."""
    try:
        key = _DECODE(raw.data)
    except msgspec.MsgspecError as error:
        log.error("%s sequence %d: not a key: %s", KEYS, raw.seq, error)
        return None
    if _subject(key.subject, key.compartment) != raw.subject:
        log.error("%s sequence %d: a key of another subject", KEYS, raw.seq)
        return None
    return key


def _subject(subject: str, compartment: str) -> str:
    return nats_subject(f"key.{subject}.{compartment}")


def _bound(subject: str, compartment: str) -> bytes:
    return f"{subject}\x1f{compartment}".encode()


def _read_master(path: Path) -> bytes:
    try:
        key = read_secret(path, KeysLost)
    except FileNotFoundError:
        raise KeysLost(f"{path}: missing; `network init` puts the network's master key there") from None
    if len(key) != KEY_BYTES:
        raise KeysLost(f"{path}: {len(key)} bytes, a master key has {KEY_BYTES}")
    return key


def _now() -> float:
    return asyncio.get_running_loop().time()
