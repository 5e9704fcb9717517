"""Whose crew had better be left in peace, when another is nearly as soon."""

from __future__ import annotations

import msgspec
import numpy as np

from meldkamer.domain.clock import Millis
from meldkamer.response.proposal.standing import Columns, Ints
from meldkamer.response.runcards.model import Rest

MINUTE, HOUR = 60_000, 3_600_000


class Tired(msgspec.Struct, frozen=True):
    """Arrays of one length. seconds: added in the comparison; left: seconds until a crew that worked long is rested;
    duty: seconds in service, where that is what counts. 0 where nothing does."""

    seconds: Ints
    left: Ints
    duty: Ints


def tired(rule: Rest, rank: int, columns: Columns, now: Millis) -> Tired:
    """What rest adds for an incident of this priority."""
    nothing = np.zeros(len(columns.rows), dtype=np.int64)
    if not rule.seconds or rank not in rule.ranks:
        return Tired(nothing, nothing, nothing)
    long = (columns.work_until >= columns.work_from) & (
        columns.work_until - columns.work_from >= max(1, rule.long) * MINUTE
    )
    left = np.where(long, np.maximum(0, columns.work_until + rule.rest * MINUTE - now), 0) if rule.long else nothing
    served = now - columns.on_duty
    over = (columns.on_duty > 0) & (served >= rule.duty * HOUR) & (served < rule.most * HOUR) & (left == 0)
    duty = np.where(over, served, 0) if rule.duty else nothing
    return Tired(np.where((left > 0) | (duty > 0), rule.seconds, 0), -(-left // 1000), duty // 1000)
