"""Confidential risks: name, cause and effect sealed under a key that is kept outside the plan's repository.

A register of what is weak in ten control rooms is itself a weakness, and git forgets nothing: what once stood in it in
the clear stays there. Destroy the key and the text is gone from every copy and every commit.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from meldkamer.steering.faults import RepositoryError
from meldkamer.steering.risk import Risk

NONCE = 12
PREFIX = "v1."


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """What is sealed of a risk."""

    name: str
    name_en: str
    cause: str
    effect: str
    text: str = ""


def new_key(path: Path) -> None:
    """Make a key file that only its owner may read. Raises FileExistsError; a key is never written over."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(base64.b64encode(AESGCM.generate_key(256)) + b"\n")


def read_key(path: Path) -> bytes:
    """The key in a file. Raises RepositoryError when others may read it or it is no key."""
    if path.stat().st_mode & 0o077:
        raise RepositoryError(f"{path}: others may read it; `chmod 600 {path}`, and replace the key if they did")
    try:
        key = base64.b64decode(path.read_bytes(), validate=False)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise RepositoryError(f"{path} does not hold a key")
    return key


def seal(id: str, secret: Sealed, key: bytes) -> str:
    """Text for the field `sealed`, bound to the risk's id, so that it cannot be moved to another."""
    nonce = os.urandom(NONCE)
    cipher = AESGCM(key).encrypt(nonce, msgspec.msgpack.encode(secret), id.encode())
    return PREFIX + base64.b64encode(nonce + cipher).decode()


def unseal(risk: Risk, key: bytes) -> Sealed:
    """What is sealed of a risk. Raises RepositoryError when the key is another one or the text was changed."""
    try:
        if not risk.sealed.startswith(PREFIX):
            raise ValueError("unknown form")
        raw = base64.b64decode(risk.sealed.removeprefix(PREFIX), validate=True)
        plain = AESGCM(key).decrypt(raw[:NONCE], raw[NONCE:], risk.id.encode())
        return msgspec.msgpack.decode(plain, type=Sealed)
    except (ValueError, InvalidTag, msgspec.ValidationError):
        raise RepositoryError(f"{risk.id} cannot be opened with this key, or was changed") from None
