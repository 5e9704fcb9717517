"""The figures of a room for monitoring, gathered when they are asked for, each source with its age.

A source that fails or is slow leaves its figures out and says so (`meldkamer_source_up` 0): an old figure is never
given as a new one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence

from meldkamer.desk.health import CHECK_SECONDS
from meldkamer.domain.clock import Clock
from meldkamer.prometheus import Family, Sample, exposition

Gather = Callable[[], Awaitable[Iterable[Family]]]

log = logging.getLogger(__name__)


class Metrics:
    """Asks its sources side by side, each with a bound."""

    def __init__(self, sources: Sequence[tuple[str, Gather]], clock: Clock) -> None:
        self._sources, self._clock = tuple(sources), clock
        self._good: dict[str, float] = {}

    async def text(self) -> str:
        """All figures, as Prometheus reads them."""
        found = await asyncio.gather(*(self._one(name, gather) for name, gather in self._sources))
        families = [family for part in found if part is not None for family in part]
        names = [name for name, _ in self._sources]
        up = [Sample(float(part is not None), {"source": name}) for name, part in zip(names, found, strict=True)]
        now = self._clock.monotonic()
        ages = [Sample(round(now - self._good[name], 3), {"source": name}) for name in names if name in self._good]
        families += [
            Family("meldkamer_source_up", "gauge", "Whether the figures of this source are in this answer.", tuple(up)),
            Family(
                "meldkamer_source_age_seconds",
                "gauge",
                "Seconds since the figures of this source were last gathered; absent when they never were.",
                tuple(ages),
            ),
        ]
        return exposition(families)

    async def _one(self, name: str, gather: Gather) -> list[Family] | None:
        gathering = asyncio.ensure_future(gather())
        patience = asyncio.ensure_future(self._clock.wait(CHECK_SECONDS))
        try:
            await asyncio.wait([gathering, patience], return_when=asyncio.FIRST_COMPLETED)
            if not gathering.done():
                return None
            families = list(gathering.result())
        except Exception as error:
            log.warning("figures of %s: %s", name, error)
            return None
        finally:
            gathering.cancel()
            patience.cancel()
        self._good[name] = self._clock.monotonic()
        return families
