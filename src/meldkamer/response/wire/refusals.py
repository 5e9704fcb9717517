"""Why a datagram is refused: each by its own name, so that whoever sets up a gateway sees what to mend."""

from __future__ import annotations

from typing import Literal

Why = Literal[
    "too_long",
    "flood",
    "not_an_envelope",
    "unknown_sender",
    "wrong_key",
    "replayed",
    "too_many",
    "other_unit",
    "not_a_line",
    "bad_checksum",
    "bad_field",
    "bad_time",
    "no_fix",
]
"""too_long, flood: not even looked at, for its length, or as too many come together. not_an_envelope: not of our form.
unknown_sender, wrong_key: not authenticated. replayed: its counter was used. too_many: above the sender's rate.
other_unit: the sender may not report this unit. not_a_line: neither RMC, GGA nor PV. bad_time: more than a day from our
clock. no_fix: the receiver itself says that it does not know where it is."""


class BadLine(Exception):
    """A datagram that is not taken. why: a name that counts and documents use."""

    def __init__(self, why: Why) -> None:
        self.why: Why = why
        super().__init__(why)
