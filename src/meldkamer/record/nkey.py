"""Keys by which programs prove to a NATS server who they are: Ed25519 key pairs in NATS' own spelling.

A seed is base32 of two bytes that say what the key is for, the 32 secret bytes and a CRC-16; a public key begins with
`U` for a user. The server stores only public keys, and what the client signs is the server's nonce.
Source: ADR-14 of the NATS architecture (jwt-nkeys-libraries).
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from meldkamer.record.port import RecordError
from meldkamer.record.secret import read_secret, write_secret

_SEED, _USER = 18 << 3, 20 << 3


class NKeyError(RecordError):
    """A seed file that is open to others or holds no seed of a user; names it."""


class NKey:
    """One user's key pair."""

    def __init__(self, secret: bytes) -> None:
        """secret: the 32 bytes of RFC 8032."""
        self._key = Ed25519PrivateKey.from_private_bytes(secret)

    @classmethod
    def generate(cls) -> NKey:
        """A fresh key pair."""
        return cls(Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))

    @classmethod
    def from_seed(cls, seed: str) -> NKey:
        """Raises ValueError when this is not the seed of a user."""
        try:
            raw = base64.b32decode(seed + "=" * (-len(seed) % 8))
        except binascii.Error as error:
            raise ValueError(f"not a seed: {error}") from None
        if (
            len(raw) != 36
            or raw[:2] != _prefix()
            or binascii.crc_hqx(raw[:-2], 0) != int.from_bytes(raw[-2:], "little")
        ):
            raise ValueError("not the seed of a NATS user")
        return cls(raw[2:-2])

    @classmethod
    def read(cls, path: Path) -> NKey:
        """The key in a seed file (mode 0600). Raises NKeyError."""
        try:
            return cls.from_seed(read_secret(path, NKeyError).decode("ascii").strip())
        except ValueError as error:
            raise NKeyError(f"{path}: {error}") from None

    def write(self, path: Path) -> None:
        """Keep the seed in a new file of mode 0600."""
        write_secret(path, self.seed.encode() + b"\n")

    @property
    def seed(self) -> str:
        """The secret in NATS' spelling; begins with SU."""
        secret = self._key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        return _text(_prefix() + secret)

    @property
    def public(self) -> str:
        """What the server's configuration names; begins with U."""
        return _text(bytes([_USER]) + self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, nonce: bytes) -> bytes:
        """64 bytes over the server's nonce."""
        return self._key.sign(nonce)


def _prefix() -> bytes:
    return bytes([_SEED | _USER >> 5, (_USER & 31) << 3])


def _text(raw: bytes) -> str:
    whole = raw + binascii.crc_hqx(raw, 0).to_bytes(2, "little")
    return base64.b32encode(whole).decode().rstrip("=")
