"""Who wrote it: each batch carries its room's Ed25519 signature over the hashes of its entries (RFC 8032)."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from meldkamer.record.port import RecordError
from meldkamer.record.secret import read_secret, write_secret

PUBLIC = "rooms.pub"
"""File in a folder of signing keys: the public keys of every room that is known there."""

log = logging.getLogger(__name__)


class Signer:
    """One room's signing key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    def sign(self, digest: bytes) -> bytes:
        """64 bytes over a batch digest."""
        return self._key.sign(digest)

    @property
    def public(self) -> bytes:
        """The 32 bytes that others verify with."""
        return self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


class SigningKeyError(RecordError):
    """A key file that is open to others or holds no key of ours; names it."""


class Verifier:
    """The public keys of rooms, 32 bytes each: the one in use and those before it, under which old batches stand.

    folder: whose `rooms.pub` these are; when something does not fit and the file has changed, it is read again, so a
    room that joins is known without a restart. Keys are only ever added to it.
    """

    def __init__(self, keys: Mapping[str, Sequence[bytes]], folder: Path | None = None) -> None:
        self._keys = _public_keys(keys)
        self._folder = folder
        self._seen = _stamp(folder)

    def knows(self, room: str) -> bool:
        """Whether this room's batches must carry a signature."""
        return bool(self._keys.get(room)) or (self._renewed() and bool(self._keys.get(room)))

    def good(self, room: str, digest: bytes, signature: bytes) -> bool:
        """Whether the signature is this room's over this digest."""
        return self._fits(room, digest, signature) or (self._renewed() and self._fits(room, digest, signature))

    def _renewed(self) -> bool:
        """Whether the file is another one than it was, and was read. One that cannot be read leaves what was known:
        somebody may be putting it there just now, and the next thing that does not fit looks again."""
        stamp = _stamp(self._folder)
        if self._folder is None or stamp is None or stamp == self._seen:
            return False
        try:
            self._keys = _public_keys(read_public(self._folder))
        except SigningKeyError as error:
            log.warning("public keys not read again: %s", error)
            return False
        self._seen = stamp
        return True

    def _fits(self, room: str, digest: bytes, signature: bytes) -> bool:
        for key in self._keys.get(room, ()):
            try:
                key.verify(signature, digest)
            except InvalidSignature:
                continue
            return True
        return False


def batch_digest(region: str, hashes: Sequence[bytes]) -> bytes:
    """What is signed: the region and the hash of every entry of the batch, in order."""
    return hashlib.sha256(b"mk.batch.1\x1f" + region.encode() + b"\x1f" + b"".join(hashes)).digest()


def open_signers(folder: Path, rooms: Iterable[str]) -> tuple[dict[str, Signer], Verifier]:
    """The rooms' keys in `folder` (PEM, mode 0600), made when missing, and everybody's public keys (`rooms.pub`).

    A room whose PEM was replaced keeps its older public keys. Raises SigningKeyError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    signers = {room: Signer(_private(folder / f"{room}.pem")) for room in rooms}
    public = read_public(folder)
    wanted = {room: list(keys) for room, keys in public.items()}
    for room, signer in signers.items():
        if signer.public not in wanted.setdefault(room, []):
            wanted[room].append(signer.public)
    if wanted != public:
        part = folder / f"{PUBLIC}.part"
        part.write_text(public_keys_text(wanted), encoding="utf-8")
        part.replace(folder / PUBLIC)
    return signers, Verifier(wanted, folder)


def public_keys_text(keys: Mapping[str, Sequence[bytes]]) -> str:
    """The text of `rooms.pub`."""
    return json.dumps({room: [raw.hex() for raw in raws] for room, raws in sorted(keys.items())}, indent=1) + "\n"


def read_public(folder: Path) -> dict[str, list[bytes]]:
    """Room -> the public keys that are known here. Raises SigningKeyError."""
    path = folder / PUBLIC
    if not path.exists():
        return {}
    try:
        rooms = msgspec.json.decode(path.read_bytes(), type=dict[str, list[str]])
        keys = {room: [bytes.fromhex(raw) for raw in raws] for room, raws in rooms.items()}
        Verifier(keys)
    except ValueError as error:
        raise SigningKeyError(f"{path}: not a list of public keys: {error}") from error
    return keys


def _public_keys(keys: Mapping[str, Sequence[bytes]]) -> dict[str, list[Ed25519PublicKey]]:
    return {room: [Ed25519PublicKey.from_public_bytes(raw) for raw in raws] for room, raws in keys.items()}


def _stamp(folder: Path | None) -> tuple[int, int, int] | None:
    """What tells one `rooms.pub` from the next without reading it; None when there is none."""
    try:
        found = os.stat(folder / PUBLIC) if folder is not None else None
    except OSError:
        return None
    return None if found is None else (found.st_mtime_ns, found.st_size, found.st_ino)


def _private(path: Path) -> Ed25519PrivateKey:
    if not path.exists():
        new = Ed25519PrivateKey.generate()
        write_secret(path, new.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    try:
        key = load_pem_private_key(read_secret(path, SigningKeyError), None)
    except (ValueError, TypeError) as error:
        raise SigningKeyError(f"{path}: not a private key: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningKeyError(f"{path}: not an Ed25519 key")
    return key
