"""Which emergency services can be asked for (RFC 5031 and the responder tree of i3), and who of ours serves them."""

from __future__ import annotations

import re

import msgspec

from meldkamer.pack import Pack

SOS = "urn:service:sos"
RESPONDER = "urn:emergency:service:responder"
NUMBER = "112"
_URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{0,31}(:[a-z0-9.-]{1,120})+", re.IGNORECASE)
# What is served, by the kind of function. `first`: the first answer of 112 as the pack has it.
_SERVED = {
    SOS: "first",
    f"{SOS}.police": "P.intake",
    f"{SOS}.fire": "B.intake",
    f"{SOS}.ambulance": "A.intake",
    f"{SOS}.ecall": "first",
    f"{SOS}.ecall.automatic": "first",
    f"{SOS}.ecall.manual": "first",
    f"{RESPONDER}.psap": "112",
    f"{RESPONDER}.police": "P.dispatch",
    f"{RESPONDER}.fire": "B.dispatch",
    f"{RESPONDER}.ems": "A.dispatch",
}
SERVICES: tuple[str, ...] = tuple(_SERVED)


class UnknownService(ValueError):
    """Not a service that we serve, nor a kind of one."""


class Served(msgspec.Struct, frozen=True):
    """A service of ours. substituted: another one was asked, of which this is the nearest that exists."""

    service: str
    kind: str
    substituted: bool

    def function(self, region: str, pack: Pack) -> str:
        """The function that serves it in a region. Raises UnknownService when the pack has none."""
        if self.kind == "first":
            national = pack.manifest.first_answer == "national_first"
            code = f"{pack.manifest.national_region if national else region}.112"
        else:
            code = f"{region}.{self.kind}"
        if code not in pack.function:
            raise UnknownService(f"nobody serves {self.service} there")
        return code


def served(service: str) -> Served:
    """The service, or the one above it (`sos.mountain` is answered as `sos`). Raises UnknownService."""
    asked = service.strip()
    if not _URN.fullmatch(asked):
        raise UnknownService(f"{asked[:80]!r} is not a service URN")
    name = asked.lower()
    while name not in _SERVED:
        shorter = name.rpartition(".")[0]
        if not shorter:
            raise UnknownService(f"{asked} is not served")
        name = shorter
    return Served(name, _SERVED[name], name != asked.lower())


def below(service: str | None) -> tuple[str, ...]:
    """The services directly under one; without one, the roots. Raises UnknownService."""
    if service is None:
        return tuple(name for name in SERVICES if not any(_is_child(name, other) for other in SERVICES))
    found = served(service)
    if found.substituted:
        raise UnknownService(f"{service} is not served")
    return tuple(name for name in SERVICES if _is_child(name, found.service))


def _is_child(name: str, parent: str) -> bool:
    return name.rpartition(".")[0] == parent
