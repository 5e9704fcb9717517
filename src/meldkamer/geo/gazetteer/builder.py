"""From a source's rows to a finished part: stage them as they come, then sort, join and index them once."""

from __future__ import annotations

import math
import sqlite3
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec

from meldkamer.geo.gazetteer.part_file import INDEXES, VERSION, cell_of, coarse_word
from meldkamer.geo.gazetteer.rows import Address, Changed, Held, Later, Named, Number, Post, Row, Section, Spot
from meldkamer.geo.gazetteer.spelling import filed

STAGE = """
CREATE TABLE IF NOT EXISTS stage_entry (
  key INTEGER PRIMARY KEY, kind TEXT, name TEXT, place TEXT, place_key INTEGER, detail TEXT, source_id TEXT,
  x REAL, y REAL, weight INTEGER
);
CREATE TABLE IF NOT EXISTS stage_number (
  key INTEGER PRIMARY KEY, street INTEGER, number INTEGER, letter TEXT, addition TEXT, postcode TEXT, place INTEGER
);
CREATE TABLE IF NOT EXISTS stage_spot (designation INTEGER, object INTEGER, x REAL, y REAL);
CREATE TABLE IF NOT EXISTS stage_address (
  street INTEGER, number INTEGER, letter TEXT, addition TEXT, postcode TEXT, designation INTEGER, object INTEGER,
  x REAL, y REAL
);
CREATE TABLE IF NOT EXISTS stage_later (
  kind TEXT, key INTEGER, occurrence INTEGER, begins TEXT, rows BLOB, PRIMARY KEY (kind, key, occurrence)
) WITHOUT ROWID;
"""
REGISTER = """
CREATE TABLE register_entry (
  key INTEGER PRIMARY KEY, kind TEXT, name TEXT, place TEXT, place_key INTEGER, detail TEXT, source_id TEXT
);
CREATE TABLE register_street (entry INTEGER PRIMARY KEY, street INTEGER, place_key INTEGER);
CREATE TABLE register_number (
  key INTEGER PRIMARY KEY, street INTEGER, number INTEGER, letter TEXT, addition TEXT, postcode TEXT, place INTEGER
);
CREATE TABLE register_spot (designation INTEGER, object INTEGER, x REAL, y REAL);
CREATE TABLE register_later (kind TEXT, key INTEGER, occurrence INTEGER, begins TEXT, rows BLOB);
"""
"""What a part of the register of addresses keeps beside, so that mutations can be applied over it (`restage.py`)."""
SHORTEST, LONGEST = 3, 7
"""Lengths of the beginnings of words that are filed with their typing errors (`near_word`)."""
_BATCH = 5_000
Tell = Callable[[str, int], None]


class Builder:
    """Takes rows into a database made by `part_file.create`, and finishes it."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database
        database.executescript(STAGE)
        self._streets: dict[tuple[str, str], int] = {
            (place, name): key
            for key, name, place in database.execute("SELECT key, name, place FROM stage_entry WHERE kind = 'street'")
        }
        self._places: set[str] = {
            name for (name,) in database.execute("SELECT name FROM stage_entry WHERE kind = 'place'")
        }

    def add(self, row: Row) -> None:
        """Stage one row."""
        match row:
            case Address():
                self._add_address(row)
            case Number():
                # A designation may occur twice in an extract of several municipalities: the newer replaces.
                self._db.execute(
                    "INSERT OR REPLACE INTO stage_number VALUES (?,?,?,?,?,?,?)",
                    (row.key, row.street, row.number, row.letter, row.addition, row.postcode, row.place),
                )
            case Spot():
                self._db.execute("INSERT INTO stage_spot VALUES (?,?,?,?)", (row.designation, row.object, row.x, row.y))
            case Named():
                self._add_named(row)
            case Post():
                values = (row.road, row.hm, row.side, row.letter, row.x, row.y, cell_of(row.x, row.y))
                self._db.execute("INSERT INTO post VALUES (?,?,?,?,?,?,?)", values)
            case Section():
                self._add_section(row)
            case Later():
                later = (row.kind, row.key, row.occurrence, row.begins, _packed_rows(row.rows))
                self._db.execute("INSERT OR REPLACE INTO stage_later VALUES (?,?,?,?,?)", later)
            case Changed():
                self._change(row)

    def _change(self, row: Changed) -> None:
        later, which = "DELETE FROM stage_later WHERE kind = ? AND key = ? AND occurrence", (row.kind, row.key)
        if row.over:
            self._db.execute(f"{later} = ?", (*which, row.occurrence))
            return
        # What was to come of an earlier occurrence is overtaken.
        self._db.execute(f"{later} <= ?", (*which, row.occurrence))
        match row.kind:
            case "number":
                self._db.execute("DELETE FROM stage_number WHERE key = ?", (row.key,))
            case "object":
                self._db.execute("DELETE FROM stage_spot WHERE object = ?", (row.key,))
            case _:
                self._db.execute("DELETE FROM stage_entry WHERE key = ? AND kind = ?", (row.key, row.kind))
        for held in row.rows:
            self.add(held)

    def _add_named(self, row: Named) -> int:
        values = (row.kind, row.name, row.place, row.place_key, row.detail, row.source_id, row.x, row.y, row.weight)
        cursor = self._db.execute(
            "INSERT OR REPLACE INTO stage_entry VALUES (?,?,?,?,?,?,?,?,?,?)", (row.key or None, *values)
        )
        return int(cursor.lastrowid or 0)

    def _add_address(self, row: Address) -> None:
        key = self._streets.get((row.place, row.street))
        if key is None:
            key = self._streets[row.place, row.street] = self._add_named(
                Named(kind="street", name=row.street, place=row.place)
            )
            if row.place and row.place not in self._places:
                self._places.add(row.place)
                self._add_named(Named(kind="place", name=row.place))
        self._db.execute(
            "INSERT INTO stage_address VALUES (?,?,?,?,?,?,?,?,?)",
            (key, row.number, row.letter, row.addition, row.postcode, row.designation, row.object, row.x, row.y),
        )

    def _add_section(self, row: Section) -> None:
        cursor = self._db.execute(
            "INSERT INTO section (name, road, place, line) VALUES (?,?,?,?)",
            (row.name, row.road, row.place, packed(row.line)),
        )
        cells = {(cell, cursor.lastrowid) for cell in _cells_along(row.line)}
        self._db.executemany("INSERT OR IGNORE INTO section_cell VALUES (?,?)", cells)

    # --- finishing --------------------------------------------------------------------------------------------------

    def finish(
        self,
        target: Path | None,
        about: dict[str, str],
        tell: Tell = lambda step, done: None,
        register: str = "",
    ) -> int:
        """Sort, join, index; write the finished part to `target` (None: stay in this database). register: the day (ISO
        date) as of which it is one of addresses; it then keeps beside what later mutations need.

        Returns how many names it holds. Streets without any point of their own or of an address fall out.
        """
        db = self._db
        db.execute("BEGIN")
        tell("join", 0)
        if register:
            self._take_due(register)
            self._keep_entries()
        self._part_streets()
        db.execute(
            "INSERT INTO stage_address SELECT n.street, n.number, n.letter, n.addition, n.postcode, n.key, s.object, "
            "s.x, s.y FROM stage_spot s JOIN stage_number n ON n.key = s.designation"
        )
        self._weigh()
        tell("names", 0)
        db.execute(
            "INSERT INTO entry (kind, name, place, detail, source_id, x, y, weight, cell) "
            "SELECT kind, name, place, detail, source_id, x, y, weight, key FROM stage_entry WHERE x IS NOT NULL "
            "ORDER BY kind <> 'place', weight DESC, name, key"
        )
        # `cell` carried the staged key so far: the addresses need it to find their street.
        db.execute("CREATE TEMP TABLE number_of (key INTEGER PRIMARY KEY, id INTEGER NOT NULL)")
        db.execute("INSERT INTO number_of SELECT cell, id FROM entry")
        names = self._file_names(tell)
        tell("addresses", 0)
        db.create_function("cell_of", 2, cell_of, deterministic=True)
        db.execute(
            "INSERT OR IGNORE INTO address SELECT k.id, a.number, a.letter, a.addition, a.postcode, a.designation, "
            "a.object, a.x, a.y, cell_of(a.x, a.y) FROM stage_address a JOIN number_of k ON k.key = a.street "
            "ORDER BY k.id, a.number, a.letter, a.addition, a.designation"
        )
        if register:
            self._keep_rest()
        db.execute("DROP TABLE elsewhere")
        meta = {"version": str(VERSION), **about}
        db.executemany("INSERT OR REPLACE INTO meta VALUES (?,?)", meta.items())
        db.execute("DROP TABLE number_of")
        for table in ("stage_entry", "stage_number", "stage_spot", "stage_address", "stage_later"):
            db.execute(f"DROP TABLE {table}")  # noqa: S608 - our own names
        db.execute("COMMIT")
        tell("index", 0)
        db.executescript(INDEXES)
        db.execute("ANALYZE")
        if target is not None:
            tell("write", 0)
            db.execute("VACUUM INTO ?", (str(target),))
        return names

    def _part_streets(self) -> None:
        """A street along which some numbers lie in another place than it does itself is one street in each."""
        db = self._db
        db.execute(
            "CREATE TEMP TABLE elsewhere (street INTEGER, place INTEGER, key INTEGER, PRIMARY KEY (street, place))"
        )
        apart = db.execute(
            "SELECT DISTINCT n.street, n.place, s.name, s.detail, s.source_id FROM stage_number n "
            "JOIN stage_entry s ON s.key = n.street AND s.kind = 'street' "
            "JOIN stage_entry p ON p.key = n.place AND p.kind = 'place' WHERE n.place <> 0 AND n.place <> s.place_key"
        ).fetchall()
        for street, place, name, detail, source_id in apart:
            key = self._add_named(Named(kind="street", name=name, place_key=place, detail=detail, source_id=source_id))
            db.execute("INSERT INTO elsewhere VALUES (?,?,?)", (street, place, key))
        db.execute(
            "UPDATE stage_number SET street = e.key FROM elsewhere e "
            "WHERE e.street = stage_number.street AND e.place = stage_number.place"
        )

    def _take_due(self, today: str) -> None:
        """What was to count from a day on that has come."""
        due = self._db.execute(
            "SELECT kind, key, occurrence, rows FROM stage_later WHERE begins <= ? ORDER BY begins, occurrence, key",
            (today,),
        ).fetchall()
        for kind, key, occurrence, rows in due:
            self.add(Changed(kind, key, occurrence, _later_rows(rows)))

    def _keep_entries(self) -> None:
        """Places and streets as the register has them, before streets are parted and what has no point falls out."""
        for statement in REGISTER.split(";"):
            self._db.execute(statement)
        self._db.execute(
            "INSERT INTO register_entry SELECT key, kind, name, place, place_key, detail, source_id FROM stage_entry"
        )
        self._db.execute("INSERT INTO register_later SELECT * FROM stage_later")

    def _keep_rest(self) -> None:
        """Which entry is which street, in which place; and what did not become an address."""
        db = self._db
        db.execute(
            "INSERT INTO register_street SELECT k.id, coalesce(e.street, s.key), coalesce(e.place, s.place_key) "
            "FROM stage_entry s JOIN number_of k ON k.key = s.key LEFT JOIN elsewhere e ON e.key = s.key "
            "WHERE s.kind = 'street'"
        )
        db.execute("CREATE TEMP TABLE filed (designation INTEGER PRIMARY KEY)")
        db.execute("INSERT OR IGNORE INTO filed SELECT designation FROM address WHERE designation <> 0")
        db.execute(
            "INSERT INTO register_number SELECT n.key, coalesce(e.street, n.street), n.number, n.letter, n.addition, "
            "n.postcode, n.place FROM stage_number n LEFT JOIN elsewhere e ON e.key = n.street "
            "WHERE n.key NOT IN (SELECT designation FROM filed)"
        )
        db.execute(
            "INSERT INTO register_spot SELECT * FROM stage_spot "
            "WHERE designation NOT IN (SELECT designation FROM filed)"
        )
        db.execute("DROP TABLE filed")

    def _weigh(self) -> None:
        """Give streets and places the point and the weight that their addresses have together."""
        db = self._db
        db.execute(
            "UPDATE stage_entry SET place = coalesce((SELECT p.name FROM stage_entry p "
            "WHERE p.key = stage_entry.place_key), place) WHERE place_key <> 0"
        )
        db.execute(
            "CREATE TEMP TABLE tally AS SELECT street, count(*) AS n, avg(x) AS x, avg(y) AS y "
            "FROM stage_address GROUP BY street"
        )
        db.execute("CREATE UNIQUE INDEX temp.tally_street ON tally (street)")
        db.execute(
            "UPDATE stage_entry SET weight = t.n, x = coalesce(stage_entry.x, t.x), y = coalesce(stage_entry.y, t.y) "
            "FROM tally t WHERE t.street = stage_entry.key AND stage_entry.kind = 'street'"
        )
        db.execute(
            "CREATE TEMP TABLE towns AS SELECT place, sum(weight) AS n, avg(x) AS x, avg(y) AS y "
            "FROM stage_entry WHERE kind = 'street' AND x IS NOT NULL GROUP BY place"
        )
        db.execute("CREATE UNIQUE INDEX temp.towns_place ON towns (place)")
        db.execute(
            "UPDATE stage_entry SET weight = max(weight, t.n), x = coalesce(stage_entry.x, t.x), "
            "y = coalesce(stage_entry.y, t.y) FROM towns t WHERE t.place = stage_entry.name AND kind = 'place'"
        )
        db.execute("DROP TABLE tally")
        db.execute("DROP TABLE towns")

    def _file_names(self, tell: Tell) -> int:
        db = self._db
        uses: Counter[str] = Counter()
        in_place: set[str] = set()
        count = 0
        reading = db.execute("SELECT id, kind, name, place, x, y FROM entry ORDER BY id")
        while rows := reading.fetchmany(_BATCH):
            texts, cells = [], []
            for number, kind, name, place, x, y in rows:
                own = filed(name)
                words = dict.fromkeys((*own, *filed(place)))
                uses.update(words.keys())
                if kind == "place":
                    in_place.update(own)
                texts.append((number, " ".join(words), coarse_word(x, y)))
                cells.append((cell_of(x, y), number))
            db.executemany("INSERT INTO words (rowid, text, cell) VALUES (?,?,?)", texts)
            db.executemany("UPDATE entry SET cell = ? WHERE id = ?", cells)
            count += len(rows)
            tell("names", count)
        known = ((word, n, int(word in in_place)) for word, n in sorted(uses.items()))
        db.executemany("INSERT INTO word VALUES (?,?,?)", known)
        db.executemany("INSERT OR IGNORE INTO near_word VALUES (?,?)", _near_words(uses))
        db.execute("INSERT INTO words (words) VALUES ('optimize')")
        return count


def _near_words(words: Counter[str]) -> Iterator[tuple[str, str]]:
    """Each beginning of a word with every one of its letters left out: two beginnings one typing error apart share
    such a form, so a typed word is corrected by a handful of look-ups."""
    beginnings = sorted({word[:n] for word in words for n in range(SHORTEST, LONGEST + 1) if not word.isdigit()})
    for beginning in beginnings:
        for form in left_out(beginning):
            yield form, beginning


def left_out(word: str) -> set[str]:
    """The word, and the word without one of its letters."""
    return {word, *(word[:n] + word[n + 1 :] for n in range(len(word)))}


_HELD: dict[str, type[Held]] = {"Named": Named, "Number": Number, "Spot": Spot}


def _packed_rows(rows: Sequence[Held]) -> bytes:
    return msgspec.json.encode([(type(row).__name__, row) for row in rows])


def _later_rows(data: bytes) -> tuple[Held, ...]:
    """The rows of what counts from a later day on."""
    return tuple(msgspec.convert(row, _HELD[name]) for name, row in msgspec.json.decode(data))


def packed(line: tuple[tuple[float, float], ...]) -> bytes:
    """A line as 32-bit decimetres, which is finer than the source."""
    return array("i", [round(value * 10) for point in line for value in point]).tobytes()


def unpacked(data: bytes) -> list[tuple[float, float]]:
    """The line of `packed`."""
    values = array("i", data)
    return [(values[n] / 10, values[n + 1] / 10) for n in range(0, len(values), 2)]


def _cells_along(line: tuple[tuple[float, float], ...]) -> set[int]:
    cells = set()
    for (x1, y1), (x2, y2) in pairwise(line):
        steps = max(1, math.ceil(math.hypot(x2 - x1, y2 - y1) / 100.0))
        cells |= {cell_of(x1 + (x2 - x1) * n / steps, y1 + (y2 - y1) * n / steps) for n in range(steps + 1)}
    return cells
