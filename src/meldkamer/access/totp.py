"""Time-based codes (RFC 6238): six digits of a secret and of the time, as every authenticator program makes them."""

from __future__ import annotations

import base64
import hmac
import os
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

from meldkamer.access.people import Entropy
from meldkamer.domain.clock import Millis

STEP_MILLIS = 30_000
"""How long a code is shown."""
DIGITS, SECRET_BYTES = 6, 20
AROUND = 1
"""Steps before and after the present one of which a code fits too: a clock may be off, and typing takes time."""


def new_totp_secret(entropy: Entropy = os.urandom) -> bytes:
    """160 random bits, the length of the hash that every program can do."""
    return entropy(SECRET_BYTES)


def secret_text(secret: bytes) -> str:
    """The secret as people type it over: base32."""
    return base64.b32encode(secret).decode("ascii")


def otpauth(secret: bytes, account: str, issuer: str) -> str:
    """The address that a program reads from a QR code. The parameters are the defaults, which all programs know."""
    label = quote(f"{issuer}:{account}", safe="")
    return f"otpauth://totp/{label}?secret={secret_text(secret)}&issuer={quote(issuer, safe='')}"


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of one step of 30 seconds since 1970."""
    # SHA-1 is what every program does; as a keyed hash of a random secret it is not the broken one of signatures.
    return HOTP(secret, digits, SHA1(), enforce_key_length=False).generate(step).decode("ascii")  # noqa: S303


def step_of(now: Millis) -> int:
    """The number of the present step."""
    return now // STEP_MILLIS


def fitting_step(secret: bytes, code: str, now: Millis, after: int) -> int | None:
    """The step of which this is the code, if it is around now and later than `after`, the last one that was used."""
    found = None
    for step in range(max(0, step_of(now) - AROUND), step_of(now) + AROUND + 1):
        if hmac.compare_digest(code_at(secret, step), code) and step > after:
            found = step
    return found
