"""Everything that the endpoints need, put together in one place (`room`) and handed to each of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from meldkamer.access import Authority, Forbidden, FourEyes, Gate, Passwords, ProviderGate, ReadLog, Session
from meldkamer.desk.contract import ProblemError
from meldkamer.desk.health import Health
from meldkamer.desk.history import History, Purpose, Shown
from meldkamer.desk.hub import Hub
from meldkamer.desk.monitoring import Monitoring
from meldkamer.desk.needs import Keys
from meldkamer.desk.places import Places
from meldkamer.desk.report_book import ReportBook
from meldkamer.desk.rooms import Rooms
from meldkamer.desk.rows_of import Rows
from meldkamer.desk.seats import Seats
from meldkamer.desk.security import SessionCookie, Site
from meldkamer.desk.steering_shelf import Shelf
from meldkamer.desk.steering_tally import Tally
from meldkamer.desk.tile_file import TileFile
from meldkamer.desk.wallboard import Wallboard
from meldkamer.desk.words import Words
from meldkamer.desk.workplaces import Workplaces
from meldkamer.domain.attention import Attention
from meldkamer.domain.basics import Command, Context
from meldkamer.domain.clock import Clock, Ids, Millis
from meldkamer.domain.incident_rules import ResolveConflict, chosen_command
from meldkamer.domain.warning import AddressWarning
from meldkamer.geo import ClosureBook, Geography, LostServer, Where
from meldkamer.intake import Door, EarlierCalls, RoomsNow
from meldkamer.network import Handler, Picture
from meldkamer.pack import Pack
from meldkamer.record import Record, Sealer
from meldkamer.response import FieldChannel, NearestUnits, PackKeeper, Positions, Proposals


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """What a process of one or more rooms serves its desks with.

    handlers, fields: by room that this process hosts. provider: the way in through the organisation's own
    sign-in, where there is one. pack: as it was at the start, for what cannot change while rooms work; packs: with what
    can. tiles: the map of one's own, where there is one. site: how browsers reach it. areas: GeoJSON of the regions in
    RD New. shelf, tally: the plan, and what was counted. reports: the figures. workplaces: their windows. static:
    folder of the pages.
    """

    version: str
    clock: Clock
    ids: Ids
    record: Record
    picture: Picture
    sealer: Sealer
    keys: Keys
    handlers: Mapping[str, Handler]
    seats: Seats
    pack: Pack
    packs: PackKeeper
    gate: Gate
    provider: ProviderGate | None = None
    four_eyes: FourEyes
    passwords: Passwords
    authority: Authority
    read_log: ReadLog
    rows: Rows
    rooms: Rooms
    wallboard: Wallboard
    others: RoomsNow
    hub: Hub
    history: History
    health: Health
    monitoring: Monitoring
    words: Words
    places: Places
    where: Where
    geography: Geography
    lost: LostServer
    areas: Mapping[str, Any]
    door: Door
    earlier: EarlierCalls
    fields: Mapping[str, FieldChannel]
    positions: Positions
    nearest: NearestUnits
    proposals: Proposals
    shared_tail: Callable[[str], Awaitable[int]]
    closures: ClosureBook
    shelf: Shelf
    tally: Tally
    reports: ReportBook
    workplaces: Workplaces
    tiles: TileFile | None = None
    site: Site
    cookie: SessionCookie
    static: Path

    @property
    def shown(self) -> Shown:
        """What is shown now."""
        return Shown(self.clock.now(), self.picture, self.rows, self.rooms)

    async def shown_at(self, at: Millis | None, why: Purpose | None) -> Shown:
        """What is shown now, or was at a past moment. Raises ProblemError without a purpose to look back for."""
        if at is None:
            return self.shown
        if why is None:
            raise ProblemError("not_valid", "past.purpose")
        return await self.history.moment(at)

    async def looked_back(self, session: Session, regions: list[str], at: Millis, why: Purpose, origin: str) -> None:
        """Record that somebody looked back, before anything is shown. Raises ReadLogFailed."""
        when = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds")
        ref = f"{'+'.join(regions) or '*'}@{when}"
        await self.read_log.record(session, ref, "past", ("staff",), why, origin=origin)

    def handler(self, session: Session) -> Handler:
        """The handler of the room to which a session belongs. Raises Forbidden when this process does not host it."""
        handler = self.handlers.get(session.room)
        if handler is None:
            raise Forbidden(f"room:{session.room}")
        return handler

    def field(self, session: Session) -> FieldChannel:
        """The field channel of a machine's room. Raises Forbidden when this process does not host it."""
        channel = self.fields.get(session.room)
        if channel is None:
            raise Forbidden(f"room:{session.room}")
        return channel

    def seat(self, session: Session) -> str:
        """Where the person sits: as the session says, else as the record says (a machine keeps no session)."""
        if session.seat:
            return session.seat
        seats = self.picture.desk(session.room).seats.values()
        return next((seat.seat for seat in seats if seat.person == session.person), "")

    def context(self, session: Session) -> Context:
        """Who acts, where and when."""
        return Context(now=self.clock.now(), actor=session.person, room=session.room, seat=self.seat(session))


class PictureWorld:
    """What the authority looks up to judge a command, from the picture."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture

    def unit_function(self, unit: str) -> str | None:
        """The home dispatch function of a unit; None when the unit is not known."""
        known = self._picture.units.get(unit)
        return None if known is None else known.function

    def request_function(self, incident: str, request: str) -> str | None:
        """The function that a unit request asks; None when the request is not known."""
        known = self._picture.incidents.get(incident)
        if known is None:
            return None
        return next((r.function for r in known.requests if r.request == request), None)

    def incident_disciplines(self, incident: str) -> str | None:
        """Mask of the disciplines that take part; None when the incident is not known."""
        known = self._picture.incidents.get(incident)
        return None if known is None else known.disciplines

    def attention_message(self, ref: str) -> Attention | None:
        """An attention message; None when it is not known."""
        return self._picture.attentions.get(ref)

    def address_warning(self, ref: str) -> AddressWarning | None:
        """An address warning; None when it is not known."""
        return self._picture.warnings.get(ref)

    def chosen(self, command: ResolveConflict) -> Command | None:
        """What else a choice in a conflict does; None when nothing."""
        known = self._picture.incidents.get(command.incident)
        return None if known is None else chosen_command(known, command)
