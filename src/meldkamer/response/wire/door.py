"""From datagrams to positions: who sends it, may they, is it new, what does it say. Everything refused has a name."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence

import msgspec
import numpy as np

from meldkamer.domain.clock import Clock
from meldkamer.geo import RdTransform
from meldkamer.response.positions import Heard, PositionReport, Positions
from meldkamer.response.wire.envelope import LONGEST, open_envelope
from meldkamer.response.wire.fix import Fix, read_fix
from meldkamer.response.wire.refusals import BadLine, Why
from meldkamer.response.wire.seen import CountersFile
from meldkamer.response.wire.senders import Sender, SendersFile

CHANNEL = "udp"
MINUTE = 60.0
REMEMBERED = 1_000
"""Refusals of the last minute that are remembered with their sender."""
BURST = 10.0
"""Seconds of its rate that a sender may send at once, after a tunnel for instance."""
ALL_PER_SECOND = 10_000.0
"""Datagrams of all senders together that are looked at in a second; what comes beyond is thrown away unread."""
QUIET: frozenset[Why] = frozenset({"no_fix"})
"""Refusals that are nobody's mistake."""


class Trouble(msgspec.Struct, frozen=True):
    """Refusals of the last minute. by: number by reason; last: the sender or address of the last one."""

    number: int
    by: dict[Why, int]
    last: str


class _Bucket:
    """So many a second, and a burst after quiet."""

    __slots__ = ("_at", "_left", "burst", "rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate, self.burst, self._left, self._at = rate, burst, burst, now

    def take(self, now: float) -> bool:
        self._left = min(self.burst, self._left + (now - self._at) * self.rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Lines:
    """Not thread-safe: it lives on the loop. rate: lines a second of a sender, for each of its units.

    refused: all refusals by reason since the start.
    """

    def __init__(
        self,
        senders: SendersFile,
        counters: CountersFile,
        positions: Positions,
        rd: RdTransform,
        clock: Clock,
        rate: float,
    ) -> None:
        self.senders, self.counters = senders, counters
        self._positions, self._rd, self._clock, self._rate = positions, rd, clock, rate
        self.refused: Counter[Why] = Counter()
        self._lately: deque[tuple[float, Why, str]] = deque(maxlen=REMEMBERED)
        self._heard: dict[str, float] = {}
        self._buckets: dict[str, _Bucket] = {}
        self._all = _Bucket(ALL_PER_SECOND, ALL_PER_SECOND, clock.monotonic())

    def admit(self, datagram: bytes, address: str) -> bool:
        """Whether it is worth keeping at all, before anything else is done with it."""
        if len(datagram) > LONGEST:
            self._refuse("too_long", address)
        elif not self._all.take(self._clock.monotonic()):
            self._refuse("flood", address)
        else:
            return True
        return False

    def take(self, datagrams: Sequence[tuple[bytes, str]]) -> Heard:
        """Take over what they say. Each: the bytes, and the address that they came from."""
        now = self._clock.now()
        units: list[str] = []
        fixes: list[Fix] = []
        for datagram, address in datagrams:
            who = address
            try:
                envelope = open_envelope(datagram)
                sender = self.senders.now.get(envelope.sender)
                if sender is None:
                    raise BadLine("unknown_sender")
                if not any(envelope.proven_by(key) for key in sender.keys):
                    raise BadLine("wrong_key")
                who = envelope.sender
                self._proven(who, sender, envelope.counter)
                if envelope.unit not in sender.units:
                    raise BadLine("other_unit")
                fixes.append(read_fix(envelope.line, now))
                units.append(envelope.unit)
            except BadLine as refused:
                self._refuse(refused.why, who)
        if not fixes:
            return Heard()
        x, y = self._rd.to_rd_many(np.array([f.lat for f in fixes]), np.array([f.lon for f in fixes]))
        reports = [
            PositionReport(unit, float(east), float(north), fix.at, fix.heading)
            for unit, fix, east, north in zip(units, fixes, x, y, strict=True)
        ]
        return self._positions.hear(CHANNEL, reports, now)

    def _proven(self, name: str, sender: Sender, counter: int) -> None:
        """What is surely of this sender: it must be new, and not too much. Raises BadLine."""
        now = self._clock.monotonic()
        if not self.counters.take(name, counter):
            raise BadLine("replayed")
        self._heard[name] = now
        rate = self._rate * len(sender.units)
        bucket = self._buckets.get(name)
        if bucket is None or bucket.rate != rate:
            bucket = self._buckets[name] = _Bucket(rate, max(1.0, BURST * rate), now)
        if not bucket.take(now):
            raise BadLine("too_many")

    def _refuse(self, why: Why, who: str) -> None:
        self.refused[why] += 1
        if why not in QUIET:
            self._lately.append((self._clock.monotonic(), why, who))

    # --- what is said of it -----------------------------------------------------------------------------------------

    def trouble(self) -> Trouble:
        """What was refused in the last minute, and would not be if all were well."""
        since = self._clock.monotonic() - MINUTE
        lately = [(why, who) for at, why, who in self._lately if at >= since]
        return Trouble(len(lately), dict(Counter(why for why, _ in lately)), lately[-1][1] if lately else "")

    def heard(self) -> int:
        """How many senders were heard in the last minute."""
        since = self._clock.monotonic() - MINUTE
        return sum(at >= since for at in self._heard.values())
