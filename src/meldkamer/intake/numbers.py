"""A caller's number in one form, so that the same telephone is known again however its number was written."""

from __future__ import annotations

import re

SHORTEST, LONGEST = 6, 15
"""Digits. What is shorter is a service or a number inside a house, what is longer is no number (ITU-T E.164)."""
NATIONAL = 9
"""Digits after the calling code, from which on a number that begins with that code is taken to be a whole one."""

_SCHEME = re.compile(r"^(?:tel|sips?):", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s./()\u2010-\u2015-]+")


def normalised(number: str | None, calling_code: str) -> str:
    """`+31612345678` for `06 12345678`, `+31 (0)6-12345678`, `0031612345678` or `tel:+31612345678;phone-context=x`.

    calling_code: the country's own, for national numbers, which begin with a 0. Empty for what marks nobody: hidden,
    withheld or unknown numbers, placeholders of one digit over and over, short ones and whatever is no number.
    """
    text = _SCHEME.sub("", (number or "").strip()).partition(";")[0].partition("@")[0].strip()
    if text.startswith(("+", "00")):
        text = text.replace("(0)", "")
    bare = _BETWEEN.sub("", text)
    if bare.startswith("+"):
        digits, whole = bare[1:], True
    elif bare.startswith("00"):
        digits, whole = bare[2:], True
    elif bare.startswith("0"):
        digits, whole = calling_code + bare[1:], True
    else:
        digits, whole = bare, bare.startswith(calling_code) and len(bare) >= len(calling_code) + NATIONAL
    if not (digits.isascii() and digits.isdigit()):
        return ""
    if whole and digits.startswith(f"{calling_code}0"):
        # The 0 of the national form, written behind the calling code.
        digits = calling_code + digits[len(calling_code) + 1 :]
    own = digits.removeprefix(calling_code) if whole else digits
    if len(own) < SHORTEST or len(digits) > LONGEST or len(set(own)) == 1:
        return ""
    return f"+{digits}" if whole else digits
