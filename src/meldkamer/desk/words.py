"""Sentences for codes, in the language of whoever asks: the same word lists that the pages use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

LANGUAGES = ("nl", "en")
_PREFIXES = ("refused.", "problem.")
"""Only these hold sentences about what was not done; the other words of the lists are labels."""


class Words:
    """Word lists by language. A code that no list knows has no sentence; the problem then keeps its own detail."""

    def __init__(self, lists: Mapping[str, Mapping[str, str]]) -> None:
        self._lists = {language: dict(words) for language, words in lists.items()}

    @classmethod
    def read(cls, folder: Path) -> Words:
        """`nl.json`, `en.json` of a folder, nested or flat; an absent one is empty."""
        lists = {}
        for language in LANGUAGES:
            path = folder / f"{language}.json"
            lists[language] = _flat(msgspec.json.decode(path.read_bytes())) if path.is_file() else {}
        return cls(lists)

    def say(self, code: str, params: Mapping[str, Any], language: str) -> str:
        """The sentence with its parameters filled in; empty when no list has one."""
        for words in (self._lists.get(language, {}), self._lists.get("en", {})):
            for prefix in _PREFIXES:
                if (sentence := words.get(prefix + code)) is not None:
                    return _filled(sentence, params)
        return ""


def _filled(sentence: str, params: Mapping[str, Any]) -> str:
    for name, value in params.items():
        sentence = sentence.replace("{" + name + "}", str(value))
    return sentence


def _flat(words: Any, prefix: str = "") -> dict[str, str]:
    if isinstance(words, str):
        return {prefix: words}
    if not isinstance(words, dict):
        return {}
    found: dict[str, str] = {}
    for name, inner in words.items():
        found |= _flat(inner, f"{prefix}.{name}" if prefix else str(name))
    return found
