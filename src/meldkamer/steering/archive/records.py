"""How long what is kept, by whom it was made, and what may be seen of it: set by the plan, adopted by a body."""

from __future__ import annotations

from typing import Literal

from meldkamer.steering.fields import Unknown
from meldkamer.steering.record import BasisId, Owned


class Retention(Owned, frozen=True, kw_only=True):
    """The term of one class of data: of what kind of thing, in which compartment.

    months: after the thing was over; unknown stays unknown and nothing is destroyed. appraisal: V goes after its term,
    B is kept for ever and is archived first; unknown is not exported. confirmed: the term stands in a selection list.
    """

    of: Literal["call", "incident", "attention", "warning", "drawing"]
    compartment: Literal["caller", "medical", "police", "staff"]
    months: int | Unknown
    appraisal: Literal["V", "B", "unknown"]
    basis: tuple[BasisId, ...]
    confirmed: bool
