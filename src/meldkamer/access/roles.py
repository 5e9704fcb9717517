"""Roles: what somebody on duty may serve, read and do. The pack names the roles; the legal walls are checked here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, Protocol, get_args

import msgspec

from meldkamer.domain.basics import COMPARTMENTS, DISCIPLINES

Right = Literal[
    "read",
    "operate",
    "caco",
    "administer",
    "read_log",
    "destroy_keys",
    "break_glass",
    "steer",
    "judge",
    "adopt",
    "exercise",
    "reports",
    "improve",
    "vouch",
]
"""read: the picture and the lists. operate: facts and own work. caco: what moves functions between rooms.

administer: accounts and units. read_log: who read what. destroy_keys: end of a retention term. break_glass: open a
compartment for a short time, to be judged by somebody else. steer: the management
side, and proposing there. judge: for one's own party. adopt: make a plan binding. exercise: start and stop exercises.

reports: the national figures, in which nobody is named. improve: open, change and close the items that follow from
them. vouch: be the second person behind an address warning: confirm or refuse what somebody else asked, and take away
what stands.
"""
RIGHTS: tuple[Right, ...] = get_args(Right)

Scope = Literal["feed", "telephony", "field", "positions", "desk", "health", "lost"]
"""What a machine may be used for; `desk` lets it act as an operator with the roles of its account, `lost` only ask who
serves a place."""
SCOPES: tuple[Scope, ...] = get_args(Scope)

GIVEN: Mapping[str, tuple[Right, ...]] = {
    "CRISIS": ("read", "break_glass"),
    "HMK": ("read", "read_log", "destroy_keys", "break_glass", "reports", "improve"),
    "FB": ("read", "administer"),
    "STURING": ("steer", "reports", "improve"),
    **dict.fromkeys(("RIS", "RIS-P", "RIS-B", "RIS-A", "RIS-K"), ("steer", "judge", "reports")),
    "BESTUUR": ("steer", "adopt", "reports"),
    "LEZER": ("read",),
    "KWAL": ("read", "reports", "improve"),
    "OEF": ("read", "exercise"),
    "AUDIT": ("read_log",),
    **dict.fromkeys(("OVD-OC", "C-MKB", "C-MKA", "CTL-K"), ("vouch",)),
}
"""Rights by the code of a role, beside those that follow from what the role serves. Whoever makes accounts cannot
read the read log or destroy keys, and whoever audits can do nothing else. An address warning is confirmed by who
coordinates: the Caco, and behind a wall that the Caco cannot open the coordinator of that discipline; the Marechaussee
has none in this table, so a second operator is."""

_WALLS = {"medical": "A", "police": "PK"}
"""Compartments that only a role of these disciplines may open, whatever the data says."""


class RoleRow(Protocol):
    """A row of the pack's roles, as far as it matters here."""

    @property
    def code(self) -> str: ...
    @property
    def discipline(self) -> str: ...
    @property
    def functions(self) -> tuple[str, ...]: ...
    @property
    def compartments(self) -> tuple[str, ...]: ...


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What roles give together. qualified: kinds of function (`112`, `B.dispatch`, `multi`).

    own: the discipline of the one role, of which it is a member and which alone opens its wall. disciplines: for whom
    the person works. audiences: whose note lines may be seen, before compartments are looked at.
    """

    qualified: tuple[str, ...] = ()
    disciplines: str = ""
    audiences: str = ""
    compartments: tuple[str, ...] = ()
    rights: frozenset[str] = frozenset()
    own: str = ""


class Roles:
    """Every role that an account may have, by its code."""

    def __init__(self, grants: Mapping[str, Grant]) -> None:
        self._grants = dict(grants)

    @classmethod
    def of(cls, rows: Iterable[RoleRow], given: Mapping[str, tuple[Right, ...]] = GIVEN) -> Roles:
        """Roles from the pack's rows. Raises ValueError for a row that breaks a wall or names what is not there."""
        return cls({row.code: _grant(row, given.get(row.code, ())) for row in rows})

    def __contains__(self, code: str) -> bool:
        return code in self._grants

    def __iter__(self) -> Iterator[str]:
        return iter(self._grants)

    def breakable(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Compartments that a person with these roles may open for a short time: what callers say, and behind a wall
        only what a role of that discipline may open at all."""
        held = [self._grants[code] for code in codes if code in self._grants]
        if not any("break_glass" in grant.rights for grant in held):
            return ()
        closed = [c for c in COMPARTMENTS if not any(c in grant.compartments for grant in held)]
        return tuple(c for c in closed if c == "caller" or any(g.own and g.own in _WALLS.get(c, "") for g in held))

    def combined(self, codes: Iterable[str]) -> Grant:
        """What these roles give together; a code that the pack does not know (any more) gives nothing."""
        grants = [self._grants[code] for code in codes if code in self._grants]
        return Grant(
            qualified=tuple(dict.fromkeys(kind for g in grants for kind in g.qualified)),
            disciplines=_mask("".join(g.disciplines for g in grants)),
            audiences=_mask("".join(g.audiences for g in grants)),
            compartments=tuple(c for c in COMPARTMENTS if any(c in g.compartments for g in grants)),
            rights=frozenset(right for g in grants for right in g.rights),
        )


def _grant(row: RoleRow, given: tuple[Right, ...]) -> Grant:
    for compartment in row.compartments:
        if compartment not in COMPARTMENTS:
            raise ValueError(f"role {row.code}: there is no compartment {compartment!r}")
        if compartment in _WALLS and (not row.discipline or row.discipline not in _WALLS[compartment]):
            raise ValueError(f"role {row.code}: only a role of {_WALLS[compartment]} may open {compartment!r}")
    if unknown := set(given) - set(RIGHTS):
        raise ValueError(f"role {row.code}: there is no right {sorted(unknown)}")
    served = [kind.partition(".")[0] for kind in row.functions if kind.partition(".")[2] in ("intake", "dispatch")]
    disciplines = _mask(row.discipline + "".join(served))
    rights: set[str] = set(given)
    if served or "112" in row.functions or "multi" in row.functions:
        rights |= {"read", "operate"}
    if "multi" in row.functions:
        rights |= {"caco", "vouch"}
    # The first answer and the Caco stand before all disciplines: they see every line that no wall closes.
    everyone = "112" in row.functions or "multi" in row.functions
    return Grant(
        qualified=tuple(row.functions),
        disciplines=disciplines,
        audiences=DISCIPLINES if everyone else disciplines,
        compartments=tuple(c for c in COMPARTMENTS if c in row.compartments),
        rights=frozenset(rights),
        own=row.discipline,
    )


def _mask(letters: str) -> str:
    return "".join(d for d in DISCIPLINES if d in letters)
