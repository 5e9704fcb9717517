"""Who wrote it: each batch carries its room's Ed25519 signature over the hashes of its entries (RFC 8032)."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)


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


class Verifier:
    """The public keys of rooms."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = {room: Ed25519PublicKey.from_public_bytes(raw) for room, raw in keys.items()}

    def knows(self, room: str) -> bool:
        """Whether this room's batches must carry a signature."""
        return room in self._keys

    def good(self, room: str, digest: bytes, signature: bytes) -> bool:
        """Whether the signature is this room's over this digest."""
        key = self._keys.get(room)
        if key is None:
            return False
        try:
            key.verify(signature, digest)
        except InvalidSignature:
            return False
        return True


def batch_digest(region: str, hashes: Sequence[bytes]) -> bytes:
    """What is signed: the region and the hash of every entry of the batch, in order."""
    return hashlib.sha256(b"mk.batch.1\x1f" + region.encode() + b"\x1f" + b"".join(hashes)).digest()


def open_signers(folder: Path, rooms: Iterable[str]) -> tuple[dict[str, Signer], Verifier]:
    """The rooms' keys in `folder` (PEM, mode 0600), made when missing, and everybody's public keys (`rooms.pub`)."""
    folder.mkdir(parents=True, exist_ok=True)
    signers = {}
    for room in rooms:
        path = folder / f"{room}.pem"
        if not path.exists():
            pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(pem)
        key = load_pem_private_key(path.read_bytes(), None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(f"{path}: not an Ed25519 key")
        signers[room] = Signer(key)
    public = read_public(folder)
    wanted = public | {room: signer.public for room, signer in signers.items()}
    if wanted != public:
        text = json.dumps({room: raw.hex() for room, raw in sorted(wanted.items())}, indent=1)
        (folder / "rooms.pub").write_text(text, encoding="utf-8")
    return signers, Verifier(wanted)


def read_public(folder: Path) -> dict[str, bytes]:
    """The public keys that are known here."""
    path = folder / "rooms.pub"
    if not path.exists():
        return {}
    return {room: bytes.fromhex(raw) for room, raw in json.loads(path.read_text(encoding="utf-8")).items()}
