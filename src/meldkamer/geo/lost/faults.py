"""The errors of RFC 5222, section 13.1."""

from __future__ import annotations

from typing import Literal

FaultKind = Literal[
    "badRequest",
    "forbidden",
    "internalError",
    "locationInvalid",
    "locationProfileUnrecognized",
    "loop",
    "notFound",
    "serviceNotImplemented",
    "SRSInvalid",
]


class LostFault(Exception):
    """An answer of the kind `errors`. attributes: those that the kind itself needs."""

    def __init__(self, kind: FaultKind, message: str, attributes: dict[str, str] | None = None) -> None:
        self.kind, self.message, self.attributes = kind, message, attributes or {}
        super().__init__(f"{kind}: {message}")
