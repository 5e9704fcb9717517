"""Which correction counts for a trip: that of the table which was in force when its incident was opened."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec

from meldkamer.domain.clock import Clock, Millis
from meldkamer.domain.plan import STEERING
from meldkamer.domain.travel import WHOLE_DAY, Cell, TravelTable
from meldkamer.geo.learned.learn import hour_of
from meldkamer.network import Picture


class Case(msgspec.Struct, frozen=True):
    """What a correction is chosen by, beside the vehicle: the safety region, and when the incident was opened."""

    area: int
    opened: Millis


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """Why a time is longer than the map or the line says. permille: of that time; table: the table's name; hour: local,
    -1 for the whole day. samples, held: trips it was learned from and tried on; before, after: the mean error there in
    seconds, without and with it."""

    permille: int
    table: str
    area: int
    hour: int
    samples: int
    held: int
    before: int
    after: int


class Corrections:
    """Reads the tables that the picture holds. zone: of the hours. Not thread-safe: it lives on the loop."""

    def __init__(self, picture: Picture, clock: Clock, zone: ZoneInfo) -> None:
        self._picture, self._clock, self._zone = picture, clock, zone
        self._cells: dict[str, dict[tuple[str, int, str, int], Cell]] = {}

    def find(self, case: Case, basis: str, profile: str) -> Correction | None:
        """What counts now for a vehicle of this kind, by this map or line; None when nothing does."""
        table = self.table(case.opened)
        if table is None or not table.cells:
            return None
        cells = self._of(table)
        for hour in (hour_of(self._clock.now(), self._zone), WHOLE_DAY):
            cell = cells.get((basis, case.area, profile, hour))
            if cell is not None:
                return Correction(
                    permille=cell.permille,
                    table=table.table,
                    area=cell.area,
                    hour=cell.hour,
                    samples=cell.samples,
                    held=cell.held,
                    before=round(cell.before / 1000),
                    after=round(cell.after / 1000),
                )
        return None

    def table(self, opened: Millis) -> TravelTable | None:
        """The table that was in force at that moment."""
        known = self._picture.function(STEERING).travel
        return next((table for table in reversed(known) if table.since <= opened), None)

    def _of(self, table: TravelTable) -> dict[tuple[str, int, str, int], Cell]:
        cells = self._cells.get(table.table)
        if cells is None:
            cells = {(table.bases[c.basis], c.area, c.profile, c.hour): c for c in table.cells}
            self._cells = {table.table: cells, **dict(list(self._cells.items())[:7])}
        return cells
