"""A room as its pages see it, over a picture that the measurement folds itself: the real pages, rows and live channel,
and for the rest the answers that they ask for. Nothing is stored and nobody signs in: what is measured is the page.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bench.fanout import serving
from meldkamer.desk.details import incident_detail
from meldkamer.desk.hub import Hub
from meldkamer.desk.live import Admitted, Live
from meldkamer.desk.lookup_api import ClassView, PackView
from meldkamer.desk.pages import Pages
from meldkamer.desk.reading_api import PictureView
from meldkamer.desk.rows import RoomRow
from meldkamer.desk.rows_of import Rows
from meldkamer.desk.security import HEADERS
from meldkamer.desk.tiles_api import TilesNow
from meldkamer.desk.workplaces import WorkplaceView
from meldkamer.domain import call, incident, unit
from meldkamer.domain.basics import Event, Location
from meldkamer.domain.clock import Millis, SystemClock
from meldkamer.domain.unit import Meaning
from meldkamer.network import Picture
from meldkamer.pack import load_pack
from meldkamer.record import Entry, NewEvent
from meldkamer.response import PositionReport, Positions
from meldkamer.room import PACK_AREAS, STATIC

REGION, DISCIPLINE, PERSON = "RT", "B", "rt.brand"
WEST, SOUTH, SIDE = 60_000.0, 410_000.0, 50_000.0
"""A square in RD around Rotterdam, in which units and incidents are."""
MEANINGS = (Meaning.AVAILABLE, Meaning.STANDBY, Meaning.RETURNING)


class ShownClock(SystemClock):
    """The real clock, and what a measurement adds to it (milliseconds)."""

    def __init__(self, ahead: Millis = 0) -> None:
        super().__init__()
        self.ahead = ahead

    def now(self) -> Millis:
        """The time that the pages are told."""
        return super().now() + self.ahead


class ShownRoom:
    """The room, whose clock can be moved."""

    def __init__(self, clock: ShownClock | None = None) -> None:
        self.clock = clock or ShownClock()
        self._events: dict[str, Event] = {}
        self.picture = Picture(lambda entry: self._events.pop(entry.event.id))
        self.positions = Positions(self.picture)
        self.rows = Rows(self.picture, {}, self.positions)
        self.hub = Hub(self.picture, self.rows, self.clock, self.rooms, self.positions)
        self.numbers = 0
        self._seq = 0
        self._versions: dict[str, int] = {}
        pack = load_pack()
        own = ("name", "version", "hash", "time_zone", "shifts", "first_answer", "classes", "scale_ups")
        classes = tuple(
            ClassView(code=c.code, name=c.name, priority=c.priority, disciplines=c.disciplines) for c in pack.classes
        )
        rest = {f: getattr(pack, f) for f in PackView.__struct_fields__ if f not in own}
        self._pack = PackView(
            name=pack.manifest.name,
            version=pack.manifest.version,
            hash=pack.hash,
            time_zone=pack.manifest.time_zone,
            shifts=pack.manifest.shifts,
            first_answer=pack.manifest.first_answer,
            classes=classes,
            scale_ups=(),
            **rest,
        )
        self._areas = (Path(pack.folder) / PACK_AREAS).read_bytes()
        self._names = {room.code: room.name for room in pack.rooms}

    # --- what happens -------------------------------------------------------------------------------------------------

    def put(self, kind: str, id: str, event: Event) -> None:
        """Fold one event now, as the follower would; whoever is connected gets its rows."""
        subject = f"ev.{REGION}.{kind}.{id}"
        self._seq += 1
        version = self._versions[subject] = self._versions.get(subject, 0) + 1
        name, now = f"e{self._seq}", self.clock.now()
        self._events[name] = event
        new = NewEvent(id=name, type=kind, body=b"", occurred=now, recorded=now, room=REGION, actor="bench")
        self.picture.apply(
            Entry(
                region=REGION,
                seq=self._seq,
                subject=subject,
                version=version,
                event=new,
                batch=name,
                n=0,
                of=1,
                previous=b"",
                hash=b"",
            )
        )

    def forget(self, before: Millis) -> None:
        """What the follower does every five minutes, and what the versions of the forgotten cost here."""
        self.picture.forget(before)
        self._versions = {s: v for s, v in self._versions.items() if s in self.picture.versions}

    def units(self, count: int) -> None:
        """So many engines, spread over the square."""
        for n in range(count):
            x, y = place(n)
            registered = unit.UnitRegistered(
                discipline=DISCIPLINE,
                kind="TS",
                function=f"{REGION}.{DISCIPLINE}.dispatch",
                base=f"post {n % 60}",
                base_x=x,
                base_y=y,
            )
            self.put("unit", f"u{n}", registered)
            self.status(n, n)

    def status(self, n: int, what: int, code: str = "") -> None:
        """A unit presses a key. code: what stands in its box; else a digit that goes with `what`."""
        reported = unit.StatusReported(code=code or str(what % 3), meaning=MEANINGS[what % 3], source="unit")
        self.put("unit", f"u{n}", reported)

    def move(self, count: int, step: int) -> None:
        """All units drive on: each is somewhere else, and never too far to be believed."""
        now = self.clock.now()
        reports = []
        for n in range(count):
            x, y = place(n)
            reports.append(PositionReport(f"{REGION}/u{n}", x + 20 * (step % 25), y + 12 * (step % 25), now))
        self.positions.update(reports, now)

    def open(self, id: str, text: str, priority: int = 3) -> None:
        """An open incident with a place."""
        self.numbers += 1
        x, y = place(self.numbers * 7)
        where = Location(text=text, x=x, y=y, place="Rotterdam")
        self.put(
            "incident",
            id,
            incident.IncidentOpened(number=f"{REGION}-{self.numbers}", location=where, class_text="Brand"),
        )
        self.put(
            "incident", id, incident.TrackStarted(discipline=DISCIPLINE, priority=priority, class_text="Woningbrand")
        )

    def close(self, id: str) -> None:
        """The incident's only track is closed."""
        self.put("incident", id, incident.TrackClosed(discipline=DISCIPLINE, code="x", by=PERSON))

    def ring(self, id: str) -> None:
        """A call waits at this room."""
        self.put("call", id, call.CallReceived(function=f"{REGION}.{DISCIPLINE}.intake", channel="112"))
        self.put("call", id, call.CallOffered(room=REGION, rule="owner", owner=REGION))

    # --- what the pages ask -------------------------------------------------------------------------------------------

    def rooms(self) -> list[RoomRow]:
        """Ten rooms that are well."""
        now = self.clock.now()
        return [
            RoomRow(
                room=code,
                name=name,
                kind="room",
                state="up",
                since=now - 3_600_000,
                reason="",
                heartbeat_age=1.0,
                calls_waiting=0,
                longest_wait=0.0,
                incidents_open=0,
                incidents_p1=0,
                seats_taken=1,
                seats=(),
                owns=(),
                foreign=(),
                service="Normal",
                peak=None,
                overflows=(),
                away={},
                stuck=0,
                call_backs=0,
                load=0.0,
                age=0.0,
            )
            for code, name in self._names.items()
        ]

    def _picture(self) -> PictureView:
        picture, rows = self.picture, self.rows
        return PictureView(
            now=self.clock.now(),
            room=REGION,
            positions=dict(picture.positions),
            incidents=[rows.incident(i) for i in picture.incidents.values()],
            calls=[rows.call(c) for c in picture.calls.values()],
            units=[rows.unit(u) for u in picture.units.values()],
            functions=[],
            talks=[],
            attentions=[rows.attention(a) for a in picture.attentions.values()],
            drawings=[rows.drawing(d) for d in picture.drawings.values()],
            rooms=self.rooms(),
        )

    def _session(self) -> dict[str, Any]:
        return {
            "person": PERSON,
            "name": "Metende",
            "room": REGION,
            "seat": "RT-1",
            "roles": [],
            "qualified": [f"{DISCIPLINE}.intake", f"{DISCIPLINE}.dispatch"],
            "disciplines": DISCIPLINE,
            "compartments": [],
            "rights": ["read", "operate"],
            "language": "nl",
            "simulated": False,
            "exercise": False,
        }

    async def _api(self, request: Request) -> Response:
        path = request.path_params["path"]
        if path.startswith("incidents/") and path.count("/") == 2:
            state = self.picture.incidents.get(path.removeprefix("incidents/"))
            if state is not None:
                return _json(incident_detail(state, self.rows.incident(state), (), 0, ()))
        if path.endswith("/proposal"):
            return _json({"advice": []})
        answer: Any = {
            "session": self._session,
            "pack": lambda: self._pack,
            "picture": self._picture,
            "closures": list,
            "warnings": list,
            "warnings/here": list,
            "workplace": lambda: WorkplaceView(name="", windows=()),
            "tiles": lambda: TilesNow(state="none"),
            "areas": lambda: msgspec.Raw(self._areas),
            "questions": lambda: {"sets": []},
        }.get(path)
        if answer is None:
            return _json({"type": "not_found", "status": 404, "code": "", "title": "not here"}, 404)
        return _json(answer())

    def app(self) -> _Dressed:
        """The application: pages and answers with the headers of the real guard, and the live channel."""

        async def admit(scope: Any) -> Admitted:
            return Admitted(PERSON, REGION, "RT-1", False, frozenset(), lambda: True)

        pages = Starlette(routes=[Route("/api/{path:path}", self._api), *Pages(STATIC).routes()])
        return _Dressed(Live(self.hub, admit, self.clock), pages)


class _Dressed:
    def __init__(self, live: Live, pages: Starlette) -> None:
        self._live, self._pages = live, pages
        self._headers = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k != "x-content-type-options"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._live(scope, receive, send)
            return

        async def dressed(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", []), *self._headers]}
            await send(message)

        await self._pages(scope, receive, dressed)


@asynccontextmanager
async def shown(room: ShownRoom) -> AsyncIterator[str]:
    """Serve the room in this loop, its second beating; its address."""
    beating = asyncio.create_task(room.hub.run())
    try:
        async with serving(room.app()) as url:
            yield url.replace("ws://", "http://").removesuffix("/api/live")
    finally:
        beating.cancel()


def place(n: int) -> tuple[float, float]:
    """The n-th of places that fill the square evenly."""
    return WEST + (n * 0.6180339887 % 1) * SIDE, SOUTH + (n * 0.7548776662 % 1) * SIDE


def _json(what: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(what), status, media_type="application/json")
