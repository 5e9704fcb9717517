"""The words of the report, Dutch and English."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

Language = Literal["nl", "en"]

FOLDER = Path(__file__).parent / "wordlists"


def words(language: Language) -> dict[str, str]:
    """Every word and sentence of the report in this language, by its key."""
    return msgspec.json.decode((FOLDER / f"{language}.json").read_bytes(), type=dict[str, str])


def number(value: float, digits: int, language: Language) -> str:
    """A number with its decimal sign."""
    text = f"{value:.{digits}f}"
    return text.replace(".", ",") if language == "nl" else text


def duration(seconds: float, language: Language) -> str:
    """`4,2 s` under two minutes, `5:07` (minutes and seconds) under two hours, `3:05:00` above."""
    if seconds < 120:
        return f"{number(seconds, 1, language)} s"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    if whole < 7200:
        return f"{whole // 60}:{whole % 60:02d}"
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"


def percent(value: float, language: Language) -> str:
    """A share of 0 to 1 as a percentage."""
    return f"{number(100 * value, 1, language)} %"
