"""How a program reaches NATS servers, and what can be wrong with that."""

from __future__ import annotations

import ssl
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from meldkamer.record.port import RecordError, Unreachable

__all__ = ["Access", "RequestFailed", "Unreachable"]


class RequestFailed(RecordError):
    """A server answered no. `code`: its JetStream error code."""

    def __init__(self, text: str, code: int = 0) -> None:
        super().__init__(f"{text} ({code})" if code else text)
        self.code = code


class Access(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Servers, nearest first, as `nats://host:port` or `tls://host:port`; files by path, "" = not used.

    ca, certificate, key: PEM files for mutual TLS. seed: file with the NKey of the user (mode 0600).
    """

    servers: tuple[str, ...]
    ca: str = ""
    certificate: str = ""
    key: str = ""
    seed: str = ""

    @property
    def seed_path(self) -> Path:
        return Path(self.seed)

    def tls(self) -> ssl.SSLContext | None:
        """The context for TLS 1.2 or newer with both sides verified; None when no authority is named.

        Raises OSError, ssl.SSLError for files that are missing or no certificates.
        """
        if not self.ca:
            return None
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=self.ca)
        if self.certificate:
            context.load_cert_chain(self.certificate, self.key or None)
        return context

    def shown(self) -> tuple[str, ...]:
        """Host and port of each server: a URL may hold a password."""
        return tuple(urlsplit(server).netloc.rpartition("@")[2] for server in self.servers)
