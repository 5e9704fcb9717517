"""One part of the gazetteer, opened for reading: which rows fit words, numbers, posts, and which are near a point."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from meldkamer.geo.gazetteer.builder import LONGEST, SHORTEST, left_out
from meldkamer.geo.gazetteer.part_file import coarse_words
from meldkamer.geo.gazetteer.spelling import abbreviates, begins_like, distance

MOST = 40
"""Rows that one query takes from the index; they come in the order of their weight."""
MOST_CORRECTIONS = 16

Group = Sequence[str]
"""Beginnings of filed words of which one must occur."""


class EntryRow(msgspec.Struct, frozen=True):
    """A row of `entry`."""

    id: int
    kind: str
    name: str
    place: str
    detail: str
    source_id: str
    x: float
    y: float
    weight: int


class AddressRow(msgspec.Struct, frozen=True):
    """A row of `address`."""

    street: int
    number: int
    letter: str
    addition: str
    postcode: str
    designation: int
    object: int
    x: float
    y: float


class PostRow(msgspec.Struct, frozen=True):
    """A row of `post`."""

    road: str
    hm: int
    side: str
    letter: str
    x: float
    y: float


_MATCHING = """SELECT id, kind, name, place, detail, source_id, x, y, weight FROM entry
WHERE id IN (SELECT rowid FROM words WHERE words MATCH ? LIMIT ?)"""
_ENTRY = "SELECT id, kind, name, place, detail, source_id, x, y, weight FROM entry WHERE id = ?"
_NUMBERS = """SELECT street, number, letter, addition, postcode, designation, object, x, y FROM address
WHERE street = ? AND number = ?
ORDER BY upper(letter) <> upper(?), upper(addition) <> upper(?), letter, addition LIMIT ?"""
_POSTCODE = """SELECT street, number, letter, addition, postcode, designation, object, x, y FROM address
WHERE postcode = ? AND postcode <> '' ORDER BY number, letter, addition LIMIT ?"""
_POSTCODE_NUMBER = """SELECT street, number, letter, addition, postcode, designation, object, x, y FROM address
WHERE postcode = ? AND postcode <> '' AND number = ? ORDER BY letter, addition LIMIT ?"""
_POSTS = """SELECT road, hm, side, letter, x, y FROM post
WHERE road = ? AND hm BETWEEN ? AND ? ORDER BY hm, letter, side LIMIT ?"""
_NEAR_WORDS = """SELECT DISTINCT w.word, w.uses FROM near_word n
JOIN word w ON w.word >= n.beginning AND w.word < n.beginning || '{'
WHERE n.variant IN (SELECT value FROM json_each(?))"""


class GazetteerPart:
    """Reads one part. kind: of the release's part, for the answer's source. Not safe for two threads at once."""

    def __init__(self, kind: str, database: sqlite3.Connection) -> None:
        self.kind = kind
        self.db = database
        self._place_words: dict[str, list[str]] = {}
        for (word,) in database.execute("SELECT word FROM word WHERE in_place = 1 ORDER BY uses DESC, word"):
            self._place_words.setdefault(word[:1], []).append(word)

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    # --- by words ---------------------------------------------------------------------------------------------------

    def matching(self, groups: Sequence[Group], near: tuple[float, float] | None = None) -> list[EntryRow]:
        """The weightiest rows that have a word for every group; with `near`, only those within some 15 km."""
        if not groups:
            return []
        wanted = " AND ".join(_one_of(group) for group in groups)
        if near is not None:
            cells = " OR ".join(coarse_words(*near))
            wanted = f"text : ({wanted}) AND cell : ({cells})"
        else:
            wanted = f"text : ({wanted})"
        return [EntryRow(*row) for row in self.db.execute(_MATCHING, (wanted, MOST))]

    def knows(self, group: Group) -> bool:
        """Whether any word begins with one of these."""
        return any(self._begins(beginning) for beginning in group)

    def _begins(self, beginning: str) -> bool:
        sql = "SELECT 1 FROM word WHERE word >= ? AND word < ? LIMIT 1"
        return self.db.execute(sql, (beginning, _after(beginning))).fetchone() is not None

    def corrections(self, word: str) -> list[str]:
        """Filed words that begin like a mistyped one: one error, two when it is long; the likeliest first."""
        if len(word) < SHORTEST + 1 or word.isdigit():
            return []
        most = 1 if len(word) < 7 else 2
        forms = msgspec.json.encode(sorted(left_out(word[: LONGEST - 1]))).decode()
        found: dict[str, tuple[int, bool, int]] = {}
        for candidate, uses in self.db.execute(_NEAR_WORDS, (forms,)):
            if (errors := begins_like(word, candidate, most)) <= most:
                # A whole word with an error before the beginning of a longer one.
                found[candidate] = (errors, distance(word, candidate, most) > most, -uses)
        return sorted(found, key=lambda candidate: found[candidate])[:MOST_CORRECTIONS]

    def shortened(self, word: str) -> list[str]:
        """Words of place names that this may abbreviate by leaving letters out (`rotdm`)."""
        candidates = self._place_words.get(word[:1], ()) if len(word) >= 3 else ()
        return [name for name in candidates if abbreviates(word, name)][:MOST_CORRECTIONS]

    # --- by number --------------------------------------------------------------------------------------------------

    def numbers(
        self, street: int, number: int, letter: str = "", addition: str = "", most: int = 6
    ) -> list[AddressRow]:
        """The addresses of a street with that number, those with the letter and addition first."""
        found = self.db.execute(_NUMBERS, (street, number, letter, addition, most))
        return [AddressRow(*row) for row in found]

    def at_postcode(self, postcode: str, number: int = 0, most: int = 12) -> list[AddressRow]:
        """The addresses with a postcode, or the one with that number."""
        if number:
            rows = self.db.execute(_POSTCODE_NUMBER, (postcode, number, most))
        else:
            rows = self.db.execute(_POSTCODE, (postcode, most))
        return [AddressRow(*row) for row in rows]

    def entry(self, number: int) -> EntryRow:
        """The row with that number. Raises KeyError."""
        found = self.db.execute(_ENTRY, (number,)).fetchone()
        if found is None:
            raise KeyError(number)
        return EntryRow(*found)

    def posts(
        self, road: str, first: int, last: int, side: str = "", letter: str = "", most: int = 24
    ) -> list[PostRow]:
        """The posts of a road from one hectometre to another, on one side when it is given."""
        rows = [PostRow(*row) for row in self.db.execute(_POSTS, (road, first, last, most * 4))]
        fitting = [row for row in rows if (not side or row.side == side) and (not letter or row.letter == letter)]
        return fitting[:most]


def _one_of(group: Group) -> str:
    terms = [f'"{beginning}"*' if len(beginning) > 1 or len(group) == 1 else f'"{beginning}"' for beginning in group]
    return f"({' OR '.join(terms)})" if len(terms) > 1 else terms[0]


def _after(beginning: str) -> str:
    """The first text that no longer begins so."""
    return beginning[:-1] + chr(ord(beginning[-1]) + 1)
