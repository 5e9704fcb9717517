"""One telephone, however its number is written; and what is no telephone at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.intake.numbers import LONGEST, SHORTEST, normalised

MOBILE = "+31612345678"
BETWEEN = ["", " ", "-", ".", "/", "\u00a0", "\u2013"]


@pytest.mark.parametrize(
    "written",
    [
        "0612345678",
        "06 12 34 56 78",
        "06-12345678",
        "(06) 12345678",
        "+31612345678",
        "+31 6 1234 5678",
        "+31 (0)6 12345678",
        "+310612345678",
        "0031612345678",
        "0031 (0) 6-12345678",
        "31612345678",
        "tel:+31612345678",
        "tel:0612345678;phone-context=+31",
        "sip:+31612345678@kpn.example;user=phone",
        "  +31612345678\n",
        "06\u201112345678",
    ],
)
def test_a_telephone_is_known_again(written: str) -> None:
    assert normalised(written, "31") == MOBILE


@pytest.mark.parametrize(
    ("written", "one"),
    [
        ("010-1234567", "+31101234567"),
        ("0800 1234", "+318001234"),
        ("+49 (0)30 123456", "+4930123456"),
        ("0049 30 123456", "+4930123456"),
        ("+390612345678", "+390612345678"),
        ("201234567", "201234567"),
        ("3161234567", "3161234567"),
    ],
)
def test_other_numbers_keep_their_country_or_stay_as_they_are(written: str, one: str) -> None:
    assert normalised(written, "31") == one


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        " ",
        "anonymous",
        "anoniem",
        "onbekend",
        "sip:anonymous@anonymous.invalid",
        "112",
        "0112",
        "4312",
        "0000000000",
        "+00000000",
        "999999999",
        "0999999999",
        "+3161234567890123",
        "06 1234 567a",
        "06*12345678",
        "\u0660\u0666\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668",
    ],
)
def test_what_marks_nobody_is_nothing(written: str | None) -> None:
    assert normalised(written, "31") == ""


@given(st.integers(100_000_000, 899_999_999), st.lists(st.sampled_from(BETWEEN), min_size=9, max_size=9))
def test_signs_between_digits_say_nothing(digits: int, between: list[str]) -> None:
    written = "0" + "".join(sign + digit for sign, digit in zip(between, str(digits), strict=True))
    assert normalised(written, "31") in (f"+31{digits}", "")
    assert normalised(normalised(written, "31"), "31") == normalised(written, "31")


@given(st.text(max_size=40))
def test_whatever_comes_gives_digits_or_nothing(text: str) -> None:
    one = normalised(text, "31")
    assert one == normalised(one, "31")
    assert one == "" or SHORTEST <= len(one.removeprefix("+")) <= LONGEST
    assert one.removeprefix("+").isascii() and (one == "" or one.removeprefix("+").isdigit())
