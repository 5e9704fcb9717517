"""A device that makes passkeys and signs with them, as the standard says or as somebody would who means no good."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url as text_of
from webauthn.helpers import encode_cbor

PRESENT, VERIFIED, KEPT = 0x01, 0x04, 0x40
ES256 = -7


class Device:
    """Holds one key. count: of signatures so far; None for a key that is kept in step and does not count."""

    def __init__(self, origin: str, count: int | None = 0) -> None:
        self.origin, self.count = origin, count
        self.id, self.handle = os.urandom(32), ""
        self._key = ec.generate_private_key(ec.SECP256R1())

    def make(self, asked: dict[str, Any], **other: Any) -> dict[str, Any]:
        """What a browser gives of a new key. other: what is told otherwise than it is."""
        self.handle = asked["user"]["id"]
        public = self._key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (public.x, public.y))
        key = encode_cbor({1: 2, 3: ES256, -1: 1, -2: x, -3: y})
        data = self._data(KEPT, **other) + bytes(16) + len(self.id).to_bytes(2, "big") + self.id + key
        made = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        said = self._said("webauthn.create", asked, **other)
        return self._credential(clientDataJSON=text_of(said), attestationObject=text_of(made), transports=["usb"])

    def sign(self, asked: dict[str, Any], **other: Any) -> dict[str, Any]:
        """What a browser gives of an answer. other: what is told otherwise than it is."""
        said, data = self._said("webauthn.get", asked, **other), self._data(0, **other)
        signature = self._key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        return self._credential(
            clientDataJSON=text_of(said),
            authenticatorData=text_of(data),
            signature=text_of(signature),
            userHandle=other.get("handle", self.handle) or None,
        )

    def _said(self, kind: str, asked: dict[str, Any], **other: Any) -> bytes:
        told = {"type": kind, "challenge": asked["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps({**told, **{name: other[name] for name in told if name in other}}).encode()

    def _data(self, flags: int, **other: Any) -> bytes:
        if self.count is not None:
            self.count = other.get("count", self.count + 1)
        host = str(other.get("host", urlsplit(self.origin).hostname))
        flags = (flags | PRESENT | VERIFIED) & ~other.get("without", 0)
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + (self.count or 0).to_bytes(4, "big")

    def _credential(self, **response: Any) -> dict[str, Any]:
        id = text_of(self.id)
        about = {"authenticatorAttachment": "cross-platform", "clientExtensionResults": {}}
        return {"id": id, "rawId": id, "type": "public-key", "response": response, **about}
