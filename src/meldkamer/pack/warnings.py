"""Natures of address warnings and their legal bases: `warnings.toml`, checked, with every mistake by line and field.

How long a nature may hold at most, for whom it is when nobody says otherwise and at the widest, and on which bases it
may rest. A pack without the file knows no natures, and no warning can be asked there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from meldkamer.domain.basics import Mask
from meldkamer.pack.faults import Fault
from meldkamer.pack.toml_file import TomlFile

FILE = "warnings.toml"
LARGEST = 64 * 1024
"""Bytes: a list of kinds, not of places."""
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$(?!\n)")]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=24, pattern=r"^[^\s\[\]():#!]+$(?!\n)")]
"""How it is typed: one word."""
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class LegalBasis(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a warning may rest on. source: where that stands. status: whether a lawyer confirmed it."""

    id: Code
    name: Words
    name_en: Words
    source: Words
    status: Literal["to_confirm", "confirmed"]


class WarningNature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What there is to be warned of. months: the longest term, of a request and of each prolongation. audience: for
    whom it is when nobody says otherwise; widest: the most."""

    id: Code
    name: Word
    name_en: Word
    months: Annotated[int, msgspec.Meta(ge=1, le=120)]
    audience: Annotated[Mask, msgspec.Meta(min_length=1)]
    widest: Annotated[Mask, msgspec.Meta(min_length=1)]
    bases: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


def read_warnings(root: Path, faults: list[Fault]) -> tuple[tuple[WarningNature, ...], tuple[LegalBasis, ...]]:
    """The natures and the bases of a pack's folder; none of either where it has no such file."""
    path = root / FILE
    if not path.is_file():
        return (), ()
    if path.stat().st_size > LARGEST:
        faults.append(Fault(FILE, 0, "", f"is larger than {LARGEST // 1024} kB"))
        return (), ()
    file = TomlFile(path, faults)
    bases, natures = file.tables("basis", LegalBasis), file.tables("nature", WarningNature)
    file.rest()
    file.once("basis", bases, "id")
    file.once("nature", natures, "id", "name", "name_en")
    known = {basis.id for basis, _ in bases}
    for nature, at in natures:
        for basis in nature.bases:
            if basis not in known:
                file.fault(file.line("nature", at, "bases"), "bases", f"{basis!r} is no basis of this file")
        if set(nature.audience) - set(nature.widest):
            file.fault(file.line("nature", at, "audience"), "audience", f"is wider than {nature.widest!r}")
    return tuple(nature for nature, _ in natures), tuple(basis for basis, _ in bases)
