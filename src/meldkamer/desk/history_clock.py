"""The clock of a past that is shown: it stands still or runs at a speed, while the clock on the wall goes on."""

from __future__ import annotations

from meldkamer.domain.clock import Clock, Millis


class PastClock:
    """Begins at a moment, standing still. wall: measures the seconds that truly pass.

    `now` is the moment whose picture is whole; `due` is where it should be by now. So no frame says a time that is not
    shown yet.
    """

    def __init__(self, at: Millis, wall: Clock) -> None:
        self.shown = self._at = at
        self._wall = wall
        self._since = wall.monotonic()
        self.speed = 0.0
        """Shown seconds per second."""

    def run(self, speed: float) -> None:
        """From what is shown on at this speed; 0 stands still."""
        self._at, self._since, self.speed = self.shown, self._wall.monotonic(), speed

    def due(self) -> Millis:
        """The moment that should be shown by now."""
        return self._at + int((self._wall.monotonic() - self._since) * 1000 * self.speed)

    def now(self) -> Millis:
        return self.shown

    def monotonic(self) -> float:
        return self._wall.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait shown seconds at the speed of now; as long on the wall while it stands still."""
        await self._wall.wait(seconds / (self.speed or 1.0))

    async def wait(self, seconds: float) -> None:
        await self._wall.wait(seconds)
