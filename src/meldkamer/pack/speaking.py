"""Languages that callers speak, and ways to speak with them: `speaking.toml`, checked, with mistakes by line and field.

A pack without the file knows none of either, and nothing of them can be noted at its desks.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from meldkamer.pack.faults import Fault
from meldkamer.pack.toml_file import TomlFile

FILE = "speaking.toml"
LARGEST = 128 * 1024
"""Bytes: all languages of the world would fit."""
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=24, pattern=r"^[^\s#-][^\s#]*$(?!\n)")]
"""How it is typed: one word."""


class Language(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A language by its code of ISO 639-1, or of ISO 639-3 where it has none of two letters."""

    code: Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}$(?!\n)")]
    name: Words
    name_en: Words


class SpeakingWay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something to know of how to speak with a caller. kind: who else is in the line; how the caller is reached best;
    what asks care, as that somebody listens in."""

    id: Annotated[str, msgspec.Meta(max_length=24, pattern=r"^[a-z][a-z0-9_]*$(?!\n)")]
    kind: Literal["line", "reach", "care"]
    word: Word
    word_en: Word
    name: Words
    name_en: Words


def read_speaking(root: Path, faults: list[Fault]) -> tuple[tuple[Language, ...], tuple[SpeakingWay, ...]]:
    """The languages and the ways of a pack's folder; none of either where it has no such file."""
    path = root / FILE
    if not path.is_file():
        return (), ()
    if path.stat().st_size > LARGEST:
        faults.append(Fault(FILE, 0, "", f"is larger than {LARGEST // 1024} kB"))
        return (), ()
    file = TomlFile(path, faults)
    ways, languages = file.tables("way", SpeakingWay), file.tables("language", Language)
    file.rest()
    file.once("way", ways, "id", "word", "word_en", "name", "name_en")
    file.once("language", languages, "code", "name", "name_en")
    return tuple(one for one, _ in languages), tuple(way for way, _ in ways)
