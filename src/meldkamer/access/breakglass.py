"""Opening a compartment for a short time, with a reason, under everybody's eyes and to be looked at by somebody else.

The legal walls stay: nobody opens medical or police lines in this way but a role of that discipline. What was opened
and how it was judged is never changed or removed.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from pathlib import Path

import msgspec

from meldkamer.access.accounts import APPLICATION, SCHEMA, VERSION
from meldkamer.access.database import open_private
from meldkamer.access.errors import BadAccount, NotKept
from meldkamer.access.people import Entropy
from meldkamer.domain.clock import Clock, Millis

SHORTEST, LONGEST = 5, 60
"""Minutes that a compartment can be open."""
WORDS = 4
"""Words that a reason, and what a reviewer says, have at least."""

_SCHEMA = (
    *SCHEMA,
    """CREATE TABLE IF NOT EXISTS glass (n INTEGER PRIMARY KEY AUTOINCREMENT, opening TEXT NOT NULL,
       body BLOB NOT NULL) STRICT""",
    *(
        f"""CREATE TRIGGER IF NOT EXISTS glass_{act.lower()} BEFORE {act} ON glass
       BEGIN SELECT RAISE(ABORT, 'what was opened stays on the list'); END"""
        for act in ("UPDATE", "DELETE")
    ),
)


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody else says of an opening afterwards."""

    by: str
    at: Millis
    justified: bool
    text: str


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """Who opened what, why and until when. until: moves forward when it is closed before its time."""

    id: str
    person: str
    room: str
    compartment: str
    reason: str
    at: Millis
    until: Millis
    review: Review | None = None


class BreakGlass:
    """The openings of one room, in the file of its accounts. Every change is on the disk before it counts."""

    def __init__(self, path: Path, clock: Clock, entropy: Entropy = os.urandom) -> None:
        self._clock, self._entropy = clock, entropy
        self._connection = open_private(path, _SCHEMA, APPLICATION, VERSION)
        self._lock = threading.Lock()
        self._changing = asyncio.Lock()
        # Each line is the opening as it was from then on, so the newest of each counts.
        rows = self._connection.execute("SELECT opening, body FROM glass ORDER BY n").fetchall()
        decoder = msgspec.msgpack.Decoder(Opening)
        self._openings: dict[str, Opening] = {id: decoder.decode(body) for id, body in rows}

    def all(self) -> list[Opening]:
        """Every opening; what nobody looked at yet first, then the newest first."""
        return sorted(self._openings.values(), key=lambda o: (o.review is not None, -o.at, o.id))

    def open_to(self, person: str) -> tuple[str, ...]:
        """The compartments that stand open to somebody at this moment."""
        now = self._clock.now()
        return tuple(o.compartment for o in self._openings.values() if o.person == person and o.at <= now < o.until)

    async def open(self, person: str, room: str, compartment: str, minutes: int, reason: str) -> Opening:
        """Open a compartment. Raises BadAccount (time, reason), NotKept; whether the person may is asked before."""
        if not SHORTEST <= minutes <= LONGEST:
            raise BadAccount("glass.minutes", f"{SHORTEST} to {LONGEST} minutes")
        now = self._clock.now()
        opening = Opening(
            id=self._entropy(8).hex(),
            person=person,
            room=room,
            compartment=compartment,
            reason=_in_words(reason),
            at=now,
            until=now + minutes * 60_000,
        )
        return await self._keep(opening)

    async def close_early(self, opening: Opening) -> Opening:
        """The person needs it no longer. Raises NotKept."""
        async with self._changing:  # as it stands now: somebody may be judging it
            opening = self._openings[opening.id]
            return await self._keep(msgspec.structs.replace(opening, until=min(opening.until, self._clock.now())))

    async def judge(self, opening: Opening, by: str, justified: bool, text: str) -> Opening:
        """Somebody else says whether it was right. Raises BadAccount (own, judged before, too few words), NotKept."""
        if by == opening.person:
            raise BadAccount("glass.own", "nobody judges what he opened himself")
        async with self._changing:
            opening = self._openings[opening.id]
            if opening.review is not None:
                raise BadAccount("glass.judged", f"{opening.review.by} judged this before")
            review = Review(by=by, at=self._clock.now(), justified=justified, text=_in_words(text))
            return await self._keep(msgspec.structs.replace(opening, review=review))

    def get(self, id: str) -> Opening | None:
        """One opening."""
        return self._openings.get(id)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    async def _keep(self, opening: Opening) -> Opening:
        try:
            await asyncio.to_thread(self._store, opening)
        except sqlite3.Error as error:
            raise NotKept(f"the opening could not be kept: {error}") from error
        self._openings[opening.id] = opening
        return opening

    def _store(self, opening: Opening) -> None:
        with self._lock, self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "INSERT INTO glass (opening, body) VALUES (?, ?)", (opening.id, msgspec.msgpack.encode(opening))
            )


def _in_words(text: str) -> str:
    said = " ".join(text.split())
    if len(said.split()) < WORDS:
        raise BadAccount("glass.words", f"say it in at least {WORDS} words")
    return said
