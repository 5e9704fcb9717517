"""Units in the street: they fetch their order, acknowledge it, turn out, drive, work, carry patients, and come back."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import msgspec

from meldkamer.client import Ack, ApiError, Client, Orders
from meldkamer.domain.clock import Millis
from meldkamer.simulate.agenda import Agenda
from meldkamer.simulate.data import WorldData
from meldkamer.simulate.figures import Figures
from meldkamer.simulate.grid import heading
from meldkamer.simulate.mirror import Mirror
from meldkamer.simulate.pool import Pool
from meldkamer.simulate.post import Post
from meldkamer.simulate.rows import UnitRow

POSITION_SECONDS = 5.0
TRANSPORT_SHARE = 0.6


class _Drive(msgspec.Struct):
    """On the way. x, y: RD metres; start, end: shown milliseconds."""

    x0: float
    y0: float
    x1: float
    y1: float
    start: Millis
    end: Millis

    def at(self, now: Millis) -> tuple[float, float]:
        share = 1.0 if self.end <= self.start else min(1.0, (now - self.start) / (self.end - self.start))
        return self.x0 + share * (self.x1 - self.x0), self.y0 + share * (self.y1 - self.y0)


class _Life(msgspec.Struct):
    """One unit's present: its place (RD metres), its order, and the turn of its story that still counts."""

    ref: str
    discipline: str
    kind: str
    home: tuple[float, float]
    x: float
    y: float
    rng: random.Random
    assignment: str = ""
    turn: int = 0
    drive: _Drive | None = None


class Street:
    """Every unit that the picture shows, as one actor on the agenda."""

    def __init__(
        self,
        gateway: Client,
        mirror: Mirror,
        agenda: Agenda,
        post: Post,
        data: WorldData,
        figures: Figures,
        seed: int | str,
    ) -> None:
        self._gateway, self._mirror, self._agenda = gateway, mirror, agenda
        self._post, self._data, self._figures, self._seed = post, data, figures, seed
        self._lives: dict[str, _Life] = {}
        self._moving: dict[str, _Life] = {}
        self.pool: Pool | None = None
        mirror.on("unit", self._on_unit)

    def start(self) -> None:
        """Begin to live: the picture is complete, orders that are open already are taken up."""
        self.pool = Pool(self._mirror.units.values(), self._data.national)
        for row in self._mirror.units.values():
            if row.assignment is not None:
                self._ordered(row)
        self._agenda.after(POSITION_SECONDS, self._report_positions)

    def _on_unit(self, ref: str, before: UnitRow | None, now: UnitRow | None) -> None:
        if self.pool is None or now is None:
            return
        had = before.assignment.assignment if before is not None and before.assignment else ""
        has = now.assignment.assignment if now.assignment else ""
        if had == has:
            return
        if has:
            self._ordered(now)
        else:
            self.pool.give_back(now, self._agenda.now)
            life = self._lives.get(ref)
            if life is not None and life.assignment == had:
                self._over(life)

    # --- an order ---------------------------------------------------------------------------------------------------

    def _ordered(self, row: UnitRow) -> None:
        assert row.assignment is not None
        life = self._lives.get(row.ref)
        if life is None:
            home = (row.x or 0.0, row.y or 0.0)
            rng = random.Random(f"{self._seed}/{row.ref}")  # noqa: S311 - a world, not a secret
            life = _Life(row.ref, row.discipline, row.kind, home, *home, rng)
            self._lives[row.ref] = life
        self._stop(life)
        life.assignment = row.assignment.assignment
        self._then(life, life.rng.uniform(1.0, 3.0), lambda: self._fetch(life))

    def _fetch(self, life: _Life) -> None:
        def fetched(answer: Any) -> None:
            if not isinstance(answer, Orders) or answer.order is None or answer.order.assignment != life.assignment:
                return
            order = answer.order
            self._then(life, life.rng.uniform(2.0, 8.0), lambda: self._acknowledge(life, order.epoch))
            target = (life.x, life.y) if order.x is None or order.y is None else (order.x, order.y)
            turnout = life.rng.uniform(20.0, 90.0)
            self._then(life, turnout, lambda: self._leave(life, target))

        self._post.errand("field", lambda: self._gateway.field_orders(life.ref), fetched)

    def _acknowledge(self, life: _Life, epoch: int) -> None:
        assignment = life.assignment

        def done(answer: Any) -> None:
            if isinstance(answer, Ack):
                self._figures.alerts += 1

        event = self._post.ids.new()
        self._post.errand("field", lambda: self._gateway.field_acknowledge(life.ref, assignment, epoch, event), done)

    def _leave(self, life: _Life, target: tuple[float, float]) -> None:
        self._status(life, "en_route")
        self._go(life, target, lambda: self._arrive(life))

    def _arrive(self, life: _Life) -> None:
        self._status(life, "on_scene")
        self._then(life, life.rng.uniform(8 * 60, 25 * 60), lambda: self._done_there(life))

    def _done_there(self, life: _Life) -> None:
        hospital = self._data.hospital_near(life.x, life.y) if life.discipline == "A" else None
        if hospital is None or life.rng.random() > TRANSPORT_SHARE:
            self._finish(life)
            return
        self._status(life, "transporting")
        self._go(life, (hospital.x, hospital.y), lambda: self._at_hospital(life))

    def _at_hospital(self, life: _Life) -> None:
        self._status(life, "at_hospital")
        self._then(life, life.rng.uniform(8 * 60, 18 * 60), lambda: self._finish(life))

    def _finish(self, life: _Life) -> None:
        self._status(life, "available")

    def _over(self, life: _Life) -> None:
        """No order any more, done or called back: go home."""
        self._stop(life)
        life.assignment = ""
        self._go(life, life.home, lambda: None)

    # --- how it goes ------------------------------------------------------------------------------------------------

    def _then(self, life: _Life, seconds: float, act: Callable[[], None]) -> None:
        turn = life.turn
        self._agenda.after(seconds, lambda: act() if life.turn == turn else None)

    def _stop(self, life: _Life) -> None:
        life.turn += 1
        if life.drive is not None:
            life.x, life.y = life.drive.at(self._agenda.now)
            life.drive = None
        self._moving.pop(life.ref, None)

    def _go(self, life: _Life, target: tuple[float, float], arrive: Callable[[], None]) -> None:
        straight = ((target[0] - life.x) ** 2 + (target[1] - life.y) ** 2) ** 0.5
        seconds = self._data.travel_of(life.kind).seconds(straight)
        now = self._agenda.now
        life.drive = _Drive(life.x, life.y, *target, now, now + int(seconds * 1000))
        self._moving[life.ref] = life

        def there() -> None:
            life.x, life.y = target
            life.drive = None
            self._moving.pop(life.ref, None)
            self._position(life, now + int(seconds * 1000), 0)
            arrive()

        self._then(life, seconds, there)

    def _report_positions(self) -> None:
        for life in self._moving.values():
            if life.drive is not None:
                d = life.drive
                life.x, life.y = d.at(self._agenda.now)
                self._position(life, self._agenda.now, heading(d.x0, d.y0, d.x1, d.y1))
        self._agenda.after(POSITION_SECONDS, self._report_positions)

    def _position(self, life: _Life, at: Millis, towards: int) -> None:
        position = {"unit": life.ref, "x": round(life.x, 1), "y": round(life.y, 1), "heading": towards, "at": at}
        self._post.position(life.ref, position)

    def _status(self, life: _Life, meaning: str) -> None:
        code = self._data.status_code(life.discipline, meaning)
        if code is None:
            return
        event, at = self._post.ids.new(), self._agenda.now

        def done(answer: Any) -> None:
            if isinstance(answer, ApiError):
                self._figures.errors += 1

        self._post.errand("field", lambda: self._gateway.field_status(life.ref, code, event, at), done)
