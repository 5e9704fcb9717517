"""Secrets that must be read again, sealed by a key of the house's key store as personal fields in the record are."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from meldkamer.record import KeyStore

NONCE_BYTES = 12
COMPARTMENT = "staff"
"""What is known of people who work here."""


class SealedSecrets:
    """Seals with a key per account, wrapped by the master key and outside the file that holds the ciphertext."""

    def __init__(self, keys: KeyStore) -> None:
        self._keys = keys

    async def seal(self, account: str, what: str, secret: bytes) -> bytes:
        """The ciphertext, bound to the account and to what it is for. Raises KeyDestroyed, KeysLost."""
        key = await self._keys.obtain(_subject(account), COMPARTMENT)
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(key).encrypt(nonce, secret, _bound(account, what))

    def open(self, account: str, what: str, sealed: bytes) -> bytes | None:
        """The secret; None when its key is not there or it is not what was sealed. Raises KeysLost."""
        key = self._keys.find(_subject(account), COMPARTMENT)
        if key is None:
            return None
        try:
            return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound(account, what))
        except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce and a tag
            return None


def _subject(account: str) -> str:
    return f"access.{account}"


def _bound(account: str, what: str) -> bytes:
    return f"{account}\x1f{what}".encode()
