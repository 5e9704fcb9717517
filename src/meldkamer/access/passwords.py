"""Hashing of passwords with argon2id, away from the event loop and never more than a few at a time."""

from __future__ import annotations

import asyncio
import os

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from meldkamer.access.people import MAX_PASSWORD, Entropy, new_secret, password_text

AT_ONCE = 2
"""Hashes computed at the same time: each takes 64 MiB and some tens of milliseconds of two cores."""


class Passwords:
    """Hash and verify. An account without a password is checked against a hash that nobody knows the password of,
    so that unknown, switched-off and machine accounts walk the very same path as a wrong password."""

    def __init__(self, hasher: PasswordHasher | None = None, entropy: Entropy = os.urandom) -> None:
        self._hasher = hasher if hasher is not None else PasswordHasher()
        self._entropy = entropy
        self._nobody = ""
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def hash(self, password: str) -> str:
        """The argon2id hash of a password that was checked before."""
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password_text(password))

    async def verify(self, stored: str, password: str) -> bool:
        """Whether the password fits. `stored` may be empty: then the answer is no, after the same work."""
        async with self._turn:
            return await asyncio.to_thread(self._verify, stored, password_text(password)[: MAX_PASSWORD + 1])

    def outdated(self, stored: str) -> bool:
        """Whether the hash was made with weaker settings than those of today."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        if not self._nobody:
            self._nobody = self._hasher.hash(new_secret(self._entropy))
        try:
            self._hasher.verify(stored or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return bool(stored)
