"""What it costs to answer while somebody types an address, and to read a register of addresses.

Search: ten million generated addresses along a quarter of a million streets in 2,500 places, in one part of the
gazetteer on disk. People type letter by letter; every state of the field is a search, near the caller. The baseline is
one bare FTS5 query for the same words, on a table with one row for each of the same ten million addresses and default
settings but for a prefix index: first twenty rows, no ranking, nothing fetched.

Import: a BAG extract of generated objects as the Kadaster writes them, rows a second against expat reading the same
bytes and doing nothing; and the most memory that it takes, against a file of a fifth of the size.
"""

from __future__ import annotations

import multiprocessing
import random
import sqlite3
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.parsers import expat

from bench import Ratio, alternate
from meldkamer.geo import Gazetteer, RdTransform, Releases
from meldkamer.geo.gazetteer import GazetteerPart, open_part
from meldkamer.geo.gazetteer.builder import Builder
from meldkamer.geo.gazetteer.import_run import run_import
from meldkamer.geo.gazetteer.part_file import create
from meldkamer.geo.gazetteer.rows import Named
from meldkamer.geo.gazetteer.sources.kinds import source_opener
from meldkamer.geo.gazetteer.spelling import plain

ADDRESSES, QUICK_ADDRESSES = 10_000_000, 400_000
PER_STREET, STREETS_PER_PLACE = 40, 100
BAG_ROWS, QUICK_BAG_ROWS = 100_000, 10_000
TYPED = 60
"""Addresses that are typed in one round."""
_BEGIN = (
    "Kerk",
    "Dorps",
    "School",
    "Molen",
    "Beatrix",
    "Wilhelmina",
    "Juliana",
    "Berken",
    "Eiken",
    "Linden",
    "Kastanje",
    "Haven",
    "Markt",
    "Station",
    "Nieuwe",
    "Oude",
    "Hoofd",
    "Park",
    "Ooster",
    "Wester",
    "Noorder",
    "Zuider",
    "Spoor",
    "Water",
    "Brug",
    "Sluis",
    "Veld",
    "Bos",
    "Heide",
    "Tuin",
    "Ring",
    "Kanaal",
    "Vondel",
    "Rembrandt",
    "Mozart",
    "Tulpen",
    "Rozen",
    "Merel",
    "Zwaluw",
    "Meeuwen",
)
_MIDDLE = (
    "en",
    "burg",
    "berg",
    "dal",
    "hof",
    "huis",
    "kamp",
    "laer",
    "meer",
    "oord",
    "rode",
    "stede",
    "veen",
    "wijk",
    "zicht",
    "horst",
    "donk",
    "loo",
    "broek",
    "hagen",
)
_END = ("straat", "weg", "laan", "plein", "hof", "kade", "dijk", "singel", "gracht", "pad", "park", "dreef")
_PLACE = (
    "dam",
    "dorp",
    "burg",
    "wijk",
    "meer",
    "veen",
    "horst",
    "dijk",
    "zijl",
    "kerk",
    "sluis",
    "drecht",
    "loo",
    "rode",
    "beek",
    "berg",
    "broek",
    "hout",
    "werd",
    "um",
)


def run(quick: bool) -> list[Ratio]:
    """Search while typing, then import."""
    with tempfile.TemporaryDirectory() as folder:
        return [*_search(Path(folder), quick), *_import(Path(folder), quick)]


# --- search -----------------------------------------------------------------------------------------------------------


def _search(folder: Path, quick: bool) -> list[Ratio]:
    count = QUICK_ADDRESSES if quick else ADDRESSES
    chance = random.Random(112)
    streets = list(_streets(count // PER_STREET, chance))
    part = GazetteerPart("bag", open_part(_our_part(folder / "ours.sqlite", streets)))
    bare = _bare_table(folder / "bare.sqlite", streets)
    gazetteer = Gazetteer([part], RdTransform())
    typed = [state for _ in range(TYPED) for state in _typing(chance.choice(streets), chance)]

    def ours() -> float:
        return _each(typed, lambda text, near: gazetteer.search(text, near))

    def baseline() -> float:
        return _each(typed, lambda text, near: bare.execute(_BARE, (_match(text),)).fetchall())

    ours(), baseline()  # both files are in the cache of the machine, as they are in a room that works
    mine, theirs = alternate(1 if quick else 5, ours, baseline)
    return [
        Ratio(
            name=f"answer while typing, {count:,} addresses",
            ours=mine,
            baseline=theirs,
            unit="µs",
            bound=3.0,
            more_is_better=False,
            against="one bare FTS5 query",
        )
    ]


Street = tuple[str, str, float, float]
_BARE = "SELECT rowid FROM bare WHERE bare MATCH ? LIMIT 20"


def _streets(count: int, chance: random.Random) -> Iterator[Street]:
    places = [
        f"{chance.choice(_BEGIN)}{chance.choice(_PLACE)}{n % 9 or ''}" for n in range(count // STREETS_PER_PLACE + 1)
    ]
    for n in range(count):
        place = places[n // STREETS_PER_PLACE]
        name = f"{chance.choice(_BEGIN)}{chance.choice(('', *_MIDDLE))}{chance.choice(_END)}"
        yield name, place, chance.uniform(20_000, 280_000), chance.uniform(310_000, 610_000)


def _our_part(path: Path, streets: list[Street]) -> Path:
    database = create(path.with_suffix(".work"))
    builder = Builder(database)
    database.execute("BEGIN")
    seen = set()
    for n, (name, place, x, y) in enumerate(streets, 1):
        builder.add(Named(kind="street", key=n, name=name, place=place, x=x, y=y))
        if place not in seen:
            seen.add(place)
            builder.add(Named(kind="place", key=10_000_000 + n, name=place, x=x, y=y))
    database.executemany(
        "INSERT INTO stage_address VALUES (?,?,'','',?,?,?,?,?)",
        (
            (n, 1 + 2 * house, f"{1000 + n % 9000}AB", n * 100 + house, n * 100 + house, x + house * 8, y)
            for n, (_, _, x, y) in enumerate(streets, 1)
            for house in range(PER_STREET)
        ),
    )
    database.execute("COMMIT")
    builder.finish(path, {"kind": "bag"})
    database.close()
    path.with_suffix(".work").unlink()
    return path


def _bare_table(path: Path, streets: list[Street]) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=OFF")
    database.execute("PRAGMA synchronous=OFF")
    database.execute("CREATE VIRTUAL TABLE bare USING fts5 (text, content='', prefix='1 2 3')")
    database.execute("BEGIN")
    database.executemany(
        "INSERT INTO bare (text) VALUES (?)",
        ((f"{name} {1 + 2 * house} {place}",) for name, place, _, _ in streets for house in range(PER_STREET)),
    )
    database.execute("COMMIT")
    return database


def _typing(street: Street, chance: random.Random) -> Iterator[tuple[str, tuple[float, float]]]:
    """Every state of the field while an address is typed, and where the caller is: within some kilometres."""
    name, place, x, y = street
    whole = f"{name} {1 + 2 * chance.randrange(PER_STREET)} {place}".lower()
    near = (x + chance.gauss(0, 3_000), y + chance.gauss(0, 3_000))
    for n in range(2, len(whole) + 1):
        yield whole[:n], near


def _match(text: str) -> str:
    return " ".join(f'"{word}"*' for word in plain(text).split())


def _each(typed: list[tuple[str, tuple[float, float]]], search: Callable[[str, tuple[float, float]], object]) -> float:
    """Mean microseconds."""
    start = time.perf_counter()
    for text, near in typed:
        search(text, near)
    return (time.perf_counter() - start) * 1e6 / len(typed)


# --- import -----------------------------------------------------------------------------------------------------------


def _import(folder: Path, quick: bool) -> list[Ratio]:
    rows = QUICK_BAG_ROWS if quick else BAG_ROWS
    large, small = _extract(folder / "large.zip", rows), _extract(folder / "small.zip", rows // 5)
    rounds = iter(range(1_000))

    def ours() -> float:
        releases = Releases(folder / f"geo{next(rounds)}")
        start = time.process_time()
        run_import("bag", large, source_opener("bag", RdTransform(), "2027-01-01"), releases, "2027-01-01T00:00:00Z")
        return rows / (time.process_time() - start)

    def baseline() -> float:
        start = time.process_time()
        for data in _members(large):
            parser = expat.ParserCreate()
            parser.StartElementHandler = lambda name, attributes: None
            parser.EndElementHandler = parser.CharacterDataHandler = lambda text: None
            parser.Parse(data, True)
        return rows / (time.process_time() - start)

    mine, theirs = alternate(1 if quick else 3, ours, baseline)
    return [
        Ratio(
            name="BAG objects read and indexed a second",
            ours=mine,
            baseline=theirs,
            unit="rows/s",
            bound=0.05,
            more_is_better=True,
            against="expat alone, reading the same",
        ),
        Ratio(
            name="most memory for five times the objects",
            ours=_memory(large, folder / "l"),
            baseline=_memory(small, folder / "s"),
            unit="MB",
            bound=1.5,
            more_is_better=False,
            against="a fifth of the file",
        ),
    ]


_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><b:bagStand xmlns:b="b" xmlns:Objecten="o" xmlns:Objecten-ref="r" '
    'xmlns:Historie="h" xmlns:gml="http://www.opengis.net/gml/3.2"><b:standBestand>'
)
_OCCURRENCE = (
    "<Objecten:voorkomen><Historie:Voorkomen><Historie:voorkomenidentificatie>1</Historie:voorkomenidentificatie>"
    "<Historie:beginGeldigheid>2010-01-01</Historie:beginGeldigheid></Historie:Voorkomen></Objecten:voorkomen>"
)


def _extract(path: Path, rows: int) -> Path:
    """Half number designations, half buildings, ten thousand in a file."""
    addresses = rows // 2
    streets = max(1, addresses // PER_STREET)
    numbers = (
        f"<Objecten:Nummeraanduiding>{_OCCURRENCE}<Objecten:identificatie>{2_000_000 + n:016d}</Objecten:identificatie>"
        f"<Objecten:huisnummer>{1 + n % PER_STREET}</Objecten:huisnummer><Objecten:postcode>{1000 + n % 9000}AB"
        "</Objecten:postcode><Objecten:status>Naamgeving uitgegeven</Objecten:status><Objecten:ligtAan>"
        f"<Objecten-ref:OpenbareRuimteRef>{3_000_000 + n % streets:016d}</Objecten-ref:OpenbareRuimteRef>"
        "</Objecten:ligtAan></Objecten:Nummeraanduiding>"
        for n in range(addresses)
    )
    buildings = (
        "<Objecten:Verblijfsobject><Objecten:heeftAlsHoofdadres><Objecten-ref:NummeraanduidingRef>"
        f"{2_000_000 + n:016d}</Objecten-ref:NummeraanduidingRef></Objecten:heeftAlsHoofdadres>{_OCCURRENCE}"
        f"<Objecten:identificatie>{1_000_000 + n:016d}</Objecten:identificatie><Objecten:geometrie><Objecten:punt>"
        f'<gml:Point srsDimension="3"><gml:pos>{20_000 + n % 250_000}.5 {400_000 + n % 90_000}.25 0.0</gml:pos>'
        "</gml:Point></Objecten:punt></Objecten:geometrie><Objecten:status>Verblijfsobject in gebruik"
        "</Objecten:status></Objecten:Verblijfsobject>"
        for n in range(addresses)
    )
    roads = (
        f"<Objecten:OpenbareRuimte>{_OCCURRENCE}<Objecten:identificatie>{3_000_000 + n:016d}</Objecten:identificatie>"
        f"<Objecten:naam>Weg {n}</Objecten:naam><Objecten:type>Weg</Objecten:type><Objecten:ligtIn>"
        "<Objecten-ref:WoonplaatsRef>1000</Objecten-ref:WoonplaatsRef></Objecten:ligtIn></Objecten:OpenbareRuimte>"
        for n in range(streets)
    )
    town = (
        f"<Objecten:Woonplaats>{_OCCURRENCE}<Objecten:identificatie>1000</Objecten:identificatie>"
        "<Objecten:naam>Stad</Objecten:naam></Objecten:Woonplaats>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for kind, objects in (("WPL", iter((town,))), ("OPR", roads), ("NUM", numbers), ("VBO", buildings)):
            _write(archive, kind, objects)
    return path


def _write(archive: zipfile.ZipFile, kind: str, objects: Iterator[str]) -> None:
    for number in range(1, 10_000):
        some = [text for text, _ in zip(objects, range(10_000), strict=False)]
        if not some:
            return
        archive.writestr(
            f"9999{kind}01012027-{number:06d}.xml", f"{_HEAD}{''.join(some)}</b:standBestand></b:bagStand>"
        )


def _members(path: Path) -> Iterator[bytes]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield archive.read(name)


def _memory(path: Path, folder: Path) -> float:
    """Megabytes at the most, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_import_alone, (path, folder))


def _import_alone(path: Path, folder: Path) -> float:
    run_import("bag", path, source_opener("bag", RdTransform(), "2027-01-01"), Releases(folder), "2027-01-01T00:00:00Z")
    # Not `getrusage`: that remembers what the process was before it became this program.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
