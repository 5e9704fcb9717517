"""Numbers as people write them: exact, Dutch or English, and never guessed.

Amounts are whole thousands of euro (tables of the plan) or whole cents (realisation); neither is ever a float.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Literal

Spelling = Literal["nl", "en"]
"""nl: 1.234,5 as a Dutch spreadsheet writes it; en: 1,234.5."""

Thousands = int
"""Thousands of euro."""

Cents = int
"""Cents of euro."""

_SHAPES = {
    "nl": (re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?", re.ASCII), ".", ","),
    "en": (re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?", re.ASCII), ",", "."),
}


def parse_number(text: str, spelling: Spelling) -> Decimal:
    """``text`` exactly; raises ValueError with a sentence when it is not a number in that spelling."""
    plain = re.sub(r"[\s\u00a0\u202f€]", "", text).replace("\u2212", "-").replace("\u2013", "-")
    if plain.startswith("(") and plain.endswith(")"):
        plain = "-" + plain[1:-1]
    shape, group, point = _SHAPES[spelling]
    if not shape.fullmatch(plain):
        example = "1.234,5" if spelling == "nl" else "1234.5"
        raise ValueError(f"{text.strip()!r} is not a number (this file writes them like {example})")
    return Decimal(plain.replace(group, "").replace(point, "."))


def whole(number: Decimal | int, what: str) -> int:
    """``number`` as a whole number of ``what``; raises ValueError when something stands behind the point."""
    if number != int(number):
        raise ValueError(f"{number} is not a whole number of {what}")
    return int(number)


def cents(number: Decimal) -> Cents:
    """Euros as cents; raises ValueError for parts of a cent."""
    return whole(number * 100, "cents")


def half_up(number: Fraction | Decimal | int) -> int:
    """The nearest whole number, halves away from zero; only for display, never inside a calculation."""
    exact = Fraction(number)
    rounded = (abs(exact) + Fraction(1, 2)) // 1
    return int(rounded if exact >= 0 else -rounded)


def thousands(amount: Cents) -> Thousands:
    """Cents as thousands of euro, rounded half up: what a table shows beside the budget."""
    return int((Decimal(amount) / 100_000).quantize(Decimal(1), ROUND_HALF_UP))


def dutch(amount: int) -> str:
    """1234567 -> 1.234.567"""
    return f"{amount:,}".replace(",", ".")
