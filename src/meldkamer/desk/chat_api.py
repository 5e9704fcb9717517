"""What was said in a talk, for those who take part in it: read line by line, and recorded as read."""

from __future__ import annotations

from typing import Annotated

import msgspec

from meldkamer.access import Forbidden, need, viewer_of
from meldkamer.desk.contract import Api, Request
from meldkamer.desk.history import Purpose
from meldkamer.desk.reading_api import PURPOSE, At
from meldkamer.desk.services import Services
from meldkamer.domain.basics import Event
from meldkamer.domain.chat import ChatSaid, HandOverLeft, HandOverTaken, TalkRef, takes_part
from meldkamer.domain.clock import Millis
from meldkamer.record import Entry, subject

LINES = 200
"""Newest entries of a talk that are read at once."""
After = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class TalkLine(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. n: its number in the talk. what: said, left (a hand-over) or taken. text: null where it is closed."""

    n: int
    what: str
    line: str
    at: Millis
    by: str
    room: str
    seat: str
    to: str
    audience: str
    text: str | None


class TalkView(msgspec.Struct, frozen=True, kw_only=True):
    """Entries in order. unreadable: compartments that stay closed to this reader."""

    ref: str
    lines: list[TalkLine]
    unreadable: tuple[str, ...]


def add_chat(api: Api, services: Services) -> None:
    """Register the operation."""

    @api.op("GET", "/api/talks/{ref}", needs=need("operate"), problems=("store_full",))
    async def talk(
        request: Request, ref: TalkRef, after: After = 0, at: At | None = None, why: Purpose | None = None
    ) -> TalkView:
        """What was said after an entry, the newest of it, as far as this reader may see. Recorded as read."""
        session = request.session
        if not takes_part(ref, session.room):
            raise Forbidden(f"talk:{ref}")
        shown = await services.shown_at(at, why)
        named = subject(services.pack.manifest.national_region, "desk", ref)
        version = shown.picture.versions.get(named, 0)
        entries = await services.record.read(named, max(after, version - LINES), version) if version else []
        viewer = viewer_of(session)
        lines: list[TalkLine] = []
        opened: set[str] = set()
        closed: set[str] = set()
        for entry in entries:
            whole = services.sealer.decode(entry, viewer.compartments)
            line = _line(entry, whole.event)
            if line is None or not set(line.audience) & set(viewer.audiences):
                continue
            lines.append(line)
            closed |= whole.unreadable
            opened |= set(entry.event.sealed) - whole.unreadable
        if opened or closed:
            await services.read_log.record(
                session,
                ref,
                "talk",
                sorted(opened),
                why or PURPOSE,
                refused=sorted(closed),
                origin=request.address,
            )
        return TalkView(ref=ref, lines=lines, unreadable=tuple(sorted(closed)))


def _line(entry: Entry, event: Event) -> TalkLine | None:
    stored = entry.event
    match event:
        case ChatSaid():
            what, id, audience, to, text = "said", event.line, event.audience, event.to, event.text
        case HandOverLeft():
            what, id, audience, to, text = "left", event.hand_over, event.audience, "", event.text
        case HandOverTaken():
            what, id, audience, to, text = "taken", event.hand_over, stored.audience, "", ""
        case _:
            return None
    return TalkLine(
        n=entry.version,
        what=what,
        line=id,
        at=stored.occurred,
        by=event.by,
        room=stored.room,
        seat=event.seat,
        to=to,
        audience=audience,
        text=text,
    )
