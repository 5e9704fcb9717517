"""What a card asks for, as people write it: `2 TS + OvD`, `1 TS-6 + 1 RV`, `HOvD/TC`, `(WO)`, `0 RV`.

A term is a number (1 when it is left out; 0 takes the role away), a role, `-` with the least crew, and after `/` roles
that will do too. Between parentheses, `(WO)` or `(+ WO)`, it is wanted, but its absence is no shortfall.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

MOST = 40
_TERM = re.compile(r"(?:(?P<count>\d{1,3})\s+)?(?P<names>\S.*)")
_WISH = re.compile(r"\(\s*\+\s*")
_NAME = re.compile(r"(?P<role>[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z0-9]+)*)(?:-(?P<crew>\d{1,2}))?")


class TextError(ValueError):
    """The text cannot be read; says which part, and how it should look."""


class Name(msgspec.Struct, frozen=True):
    """A role, with the least crew (0 = any)."""

    role: str
    crew: int = 0

    def __str__(self) -> str:
        return f"{self.role}-{self.crew}" if self.crew else self.role


class Term(msgspec.Struct, frozen=True):
    """So many units of a role. names: the first choice, then what will do too. count 0: none at all."""

    count: int
    names: tuple[Name, ...]
    optional: bool = False

    @property
    def role(self) -> str:
        """The role of the first choice, by which terms of several cards are laid together."""
        return self.names[0].role


def read_need(text: str) -> tuple[Term, ...]:
    """The terms of a text; empty for an empty one. Raises TextError."""
    parts = _WISH.sub("+ (", text).split("+") if text.strip() else []
    terms = tuple(_term(part.strip(), text) for part in parts)
    if sum(t.count for t in terms) > MOST:
        raise TextError(f"{text!r} asks for more than {MOST} units")
    roles = [(t.role, t.optional) for t in terms]
    twice = next((r for r, _ in roles if roles.count((r, False)) > 1 or roles.count((r, True)) > 1), None)
    if twice is not None:
        raise TextError(f"{text!r} names {twice} twice")
    return terms


def _term(part: str, text: str) -> Term:
    optional = part.startswith("(") and part.endswith(")")
    found = _TERM.fullmatch(part[1:-1].strip() if optional else part)
    if found is None:
        raise TextError(f"{text!r}: a part is empty; write `2 TS + OvD`")
    names = []
    for piece in found["names"].split("/"):
        name = _NAME.fullmatch(piece.strip())
        if name is None:
            raise TextError(f"{text!r}: {piece.strip()!r} is not a role such as TS, TS-6 or OvD")
        names.append(Name(name["role"], int(name["crew"] or 0)))
    return Term(int(found["count"] or 1), tuple(names), optional)


class Wanted(msgspec.Struct, frozen=True):
    """One unit that is wanted, after all cards were laid together."""

    names: tuple[Name, ...]
    optional: bool = False

    def __str__(self) -> str:
        said = "/".join(map(str, self.names))
        return f"({said})" if self.optional else said


class Sum:
    """Cards laid together, role by role, in the order in which roles were first named."""

    def __init__(self) -> None:
        self._roles: dict[tuple[str, bool], list[tuple[Name, ...]]] = {}

    def at_least(self, terms: Iterable[Term]) -> None:
        """So many as there are already, or as this asks, whichever is more; 0 takes a role away.

        Crews go together the hard way round: `1 TS-6` with `2 TS` is two engines of which one has six people.
        """
        for term in terms:
            if not term.count:
                self._roles.pop((term.role, False), None)
                self._roles.pop((term.role, True), None)
                continue
            have = self._roles.setdefault((term.role, term.optional), [])
            asked = [term.names] * term.count
            both = zip(sorted(have, key=_crew), sorted(asked, key=_crew), strict=False)
            joined = [max(pair, key=_hardness) for pair in both]
            longer = sorted(have if len(have) > len(asked) else asked, key=_crew)
            self._roles[term.role, term.optional] = joined + longer[len(joined) :]

    def add(self, terms: Iterable[Term]) -> None:
        """So many more."""
        for term in terms:
            self._roles.setdefault((term.role, term.optional), []).extend([term.names] * term.count)

    def wanted(self) -> tuple[Wanted, ...]:
        """Every unit by itself."""
        return tuple(Wanted(names, optional) for (_, optional), all_ in self._roles.items() for names in all_)


def _crew(names: tuple[Name, ...]) -> int:
    return -names[0].crew


def _hardness(names: tuple[Name, ...]) -> tuple[int, int]:
    # Of two ways to say the same, the one with the larger crew, and then the one with more that will do.
    return names[0].crew, len(names)


def say(wanted: Iterable[Wanted]) -> str:
    """The text for these units: `2 TS + OvD`."""
    counts: dict[Wanted, int] = {}
    for one in wanted:
        counts[one] = counts.get(one, 0) + 1
    return " + ".join(f"{n} {one}" if n > 1 else str(one) for one, n in counts.items())
