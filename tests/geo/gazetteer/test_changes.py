"""Mutations of the BAG over a loaded extract: the same as an extract of the later day, refused when days are missing.

The files have the frame, the namespaces and the elements of the published ones (`9999MUT….xml` in a zip in a zip).
"""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from meldkamer.cli import main
from meldkamer.geo import Releases
from meldkamer.geo.gazetteer import open_part
from meldkamer.geo.gazetteer.import_run import Imported, Item, SourceError, run_import
from meldkamer.geo.gazetteer.sources.bag_changes import BagChanges
from meldkamer.geo.gazetteer.sources.kinds import source_opener
from tests.geo.gazetteer.test_imports import RD
from tests.geo.gazetteer.test_published import (
    NOW,
    OCCURRENCE,
    dwelling,
    lies_in,
    named,
    number,
    write_extract,
)
from tests.geo.geodata import wkb_point, write_geopackage

MUT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<mlm:bagMutaties '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:ml="http://www.kadaster.nl/schemas/mutatielevering-generiek/1.0" '
    'xmlns:gml="http://www.opengis.net/gml/3.2" '
    'xmlns:selecties-extract="http://www.kadaster.nl/schemas/lvbag/extract-selecties/v20200601" '
    'xmlns:mlm="http://www.kadaster.nl/schemas/lvbag/extract-deelbestand-mutaties-lvc/v20200601" '
    'xmlns:Historie="www.kadaster.nl/schemas/lvbag/imbag/historie/v20200601" '
    'xmlns:Objecten="www.kadaster.nl/schemas/lvbag/imbag/objecten/v20200601" '
    'xmlns:Objecten-ref="www.kadaster.nl/schemas/lvbag/imbag/objecten-ref/v20200601">'
    "<mlm:bagInfo><selecties-extract:Gebied-Registratief><selecties-extract:Gebied-NLD/>"
    "</selecties-extract:Gebied-Registratief><selecties-extract:MUT-Extract>"
    "<selecties-extract:StandTechnischeDatum>{until}</selecties-extract:StandTechnischeDatum>"
    "<selecties-extract:Mutatieperiode><selecties-extract:MutatiedatumVanaf>{since}"
    "</selecties-extract:MutatiedatumVanaf><selecties-extract:MutatiedatumTot>{until}"
    "</selecties-extract:MutatiedatumTot></selecties-extract:Mutatieperiode></selecties-extract:MUT-Extract>"
    "</mlm:bagInfo><ml:mutatieBericht><ml:dataset>LVBAG</ml:dataset><ml:inhoud><ml:gebied>NEDERLAND</ml:gebied>"
    "<ml:leveringsId>0000000001</ml:leveringsId><ml:objectTypen/></ml:inhoud>{groups}</ml:mutatieBericht>"
    "</mlm:bagMutaties>"
)
STATUS = "<Objecten:status>Naamgeving uitgegeven</Objecten:status><Objecten:type>Weg</Objecten:type>"
NUMBERS = [f"999920000000000{n}" for n in range(1, 7)]
STREET, DAY, NEXT = "9999300000000001", "2027-01-01", "2027-02-01"
BASE = {
    "WPL": [named("Woonplaats", "9001", "Oost"), named("Woonplaats", "9002", "West")],
    "OPR": [
        named("OpenbareRuimte", STREET, "Grensweg", STATUS + lies_in("9001")),
        named("OpenbareRuimte", "9999300000000002", "Lege Weg", STATUS + lies_in("9002")),
    ],
    "NUM": [
        number(NUMBERS[0], 1),
        number(NUMBERS[1], 2, lies_in("9002")),
        number(NUMBERS[2], 3),
        number(NUMBERS[3], 4),
    ],
    "VBO": [
        dwelling("9999010000000001", NUMBERS[0], (NUMBERS[2],), 155_000.0),
        dwelling("9999010000000002", NUMBERS[1], (), 155_100.0),
    ],
}
"""Number 4 has no building yet, and Lege Weg no number."""
WITHDRAWN = "Verblijfsobject ingetrokken"
Change = tuple[str, ...]


def ended(thing: str, day: str) -> str:
    """The same occurrence, ended."""
    now = "</Historie:beginGeldigheid>"
    return thing.replace(now, f"{now}<Historie:eindGeldigheid>{day}</Historie:eindGeldigheid>", 1)


def occurs(thing: str, n: int, begin: str) -> str:
    """Another occurrence, from a day on."""
    return thing.replace(NOW, OCCURRENCE.format(n=n, begin=begin, end=""), 1)


def added(thing: str) -> Change:
    return ("toevoeging", thing)


def altered(was: str, becomes: str) -> Change:
    return ("wijziging", was, becomes)


def group(*changes: Change) -> str:
    def one(kind: str, *things: str) -> str:
        states = ("was", "wordt")[-len(things) :]
        held = "".join(
            f"<ml:{state}><mlm:bagObject>{thing}</mlm:bagObject></ml:{state}>"
            for state, thing in zip(states, things, strict=True)
        )
        return f"<ml:{kind}>{held}</ml:{kind}>"

    return f"<ml:mutatieGroep>{''.join(one(*change) for change in changes)}</ml:mutatieGroep>"


def write_changes(folder: Path, groups: Sequence[str], since: str = DAY, until: str = NEXT, pieces: int = 1) -> Path:
    """As it is delivered: XML files in a zip in a zip, with what is being investigated beside it."""
    days = "-".join("".join(reversed(day.split("-"))) for day in (since, until))
    inner = io.BytesIO()
    each = -(-len(groups) // pieces) or 1
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(pieces):
            text = MUT.format(since=since, until=until, groups="".join(groups[n * each : (n + 1) * each]))
            archive.writestr(f"9999MUT{days}-{n + 1:06d}.xml", text)
    path = folder / f"BAGNLDM-{days}.zip"
    with zipfile.ZipFile(path, "w") as outer:
        outer.writestr("Leveringsdocument-BAG-Mutaties.xml", "<x/>")
        outer.writestr(f"9999IOMUT{days}.zip", b"")
        outer.writestr(f"9999MUT{days}.zip", inner.getvalue())
    return path


def take(path: Path, folder: Path, today: str, kind: str = "bag") -> Imported:
    releases = Releases(folder / "geo")
    built = f"{today}T00:00:00Z"
    done = run_import(kind, path, source_opener(kind, RD, today), releases, built, batch=3)
    releases.make(done.part, built)
    return done


def extract(folder: Path, objects: dict[str, list[str]] = BASE) -> Path:
    folder.mkdir(exist_ok=True)
    return write_extract(folder, objects)


def content(folder: Path, done: Imported) -> dict[str, list[tuple[object, ...]]]:
    """All that a search can see, and what the part keeps for later mutations."""
    database = open_part(Releases(folder / "geo").path(done.part))
    entries = "SELECT kind, name, place, detail, source_id, round(x, 3), round(y, 3), weight FROM entry"
    addresses = (
        "SELECT e.name, e.place, a.number, a.letter, a.postcode, a.designation, a.object, a.x, a.y FROM address a "
        "JOIN entry e ON e.id = a.street"
    )
    asked = {
        "entries": entries,
        "addresses": addresses,
        "kept": "SELECT * FROM register_entry",
        "numbers": "SELECT * FROM register_number",
        "spots": "SELECT * FROM register_spot",
        "streets": (
            "SELECT e.name, e.place, r.street, r.place_key FROM register_street r JOIN entry e ON e.id = r.entry"
        ),
        "words": "SELECT word, uses FROM word",
    }
    try:
        return {name: sorted(database.execute(sql).fetchall(), key=repr) for name, sql in asked.items()}
    finally:
        database.close()


def addresses(folder: Path, done: Imported) -> set[tuple[object, ...]]:
    return {row[:3] for row in content(folder, done)["addresses"]}


def test_a_month_of_mutations_gives_what_the_extract_of_the_later_day_gives(tmp_path: Path) -> None:
    take(extract(tmp_path / "a"), tmp_path / "a", DAY)
    west = dwelling("9999010000000002", NUMBERS[1], (), 155_100.0)
    moved = occurs(dwelling("9999010000000002", NUMBERS[1], (NUMBERS[3],), 155_250.0), 3, "2027-01-20")
    gone = dwelling("9999010000000001", NUMBERS[0], (NUMBERS[2],), 155_000.0)
    withdrawn = occurs(gone.replace("Verblijfsobject in gebruik", WITHDRAWN), 3, "2027-01-10")
    new = dwelling("9999010000000003", NUMBERS[4], (), 155_400.0)
    renamed = occurs(named("OpenbareRuimte", STREET, "Nieuwe Grensweg", STATUS + lies_in("9001")), 3, "2027-01-05")
    old = named("OpenbareRuimte", STREET, "Grensweg", STATUS + lies_in("9001"))
    village = occurs(named("Woonplaats", "9002", "Verre West"), 3, "2027-01-15")
    on_empty = number(NUMBERS[4], 5).replace(STREET, "9999300000000002")
    groups = [
        group(altered(old, ended(old, "2027-01-05")), added(renamed)),
        group(altered(gone, ended(gone, "2027-01-10")), added(withdrawn)),
        group(altered(BASE["WPL"][1], ended(BASE["WPL"][1], "2027-01-15")), added(village)),
        group(altered(west, ended(west, "2027-01-20")), added(moved)),
        group(added(on_empty), added(new), added("<Objecten:Pand/>")),
    ]
    done = take(write_changes(tmp_path, groups, pieces=2), tmp_path / "a", NEXT)
    assert (done.refused, done.taken_up, done.part.rows) == ((), 0, 11)
    later = {
        "WPL": [BASE["WPL"][0], ended(BASE["WPL"][1], "2027-01-15"), village],
        "OPR": [ended(old, "2027-01-05"), renamed, BASE["OPR"][1]],
        "NUM": [*BASE["NUM"], on_empty],
        "VBO": [ended(gone, "2027-01-10"), withdrawn, ended(west, "2027-01-20"), moved, new],
    }
    whole = take(extract(tmp_path / "b", later), tmp_path / "b", NEXT)
    assert content(tmp_path / "a", done) == content(tmp_path / "b", whole)
    assert addresses(tmp_path / "a", done) == {
        ("Nieuwe Grensweg", "Verre West", 2),
        ("Nieuwe Grensweg", "Oost", 4),
        ("Lege Weg", "Verre West", 5),
    }


def test_what_counts_from_a_later_day_on_waits_for_it(tmp_path: Path) -> None:
    soon = occurs(named("OpenbareRuimte", STREET, "Straks", STATUS + lies_in("9001")), 3, "2027-02-20")
    old = BASE["OPR"][0]
    take(extract(tmp_path / "a"), tmp_path / "a", DAY)
    path = write_changes(tmp_path, [group(altered(old, ended(old, "2027-02-20")), added(soon))])
    one = take(path, tmp_path / "a", NEXT)
    assert ("Grensweg", "Oost", 1) in addresses(tmp_path / "a", one)
    two = take(write_changes(tmp_path, [], NEXT, "2027-03-01"), tmp_path / "a", "2027-03-01")
    assert ("Straks", "Oost", 1) in addresses(tmp_path / "a", two)
    assert not any(name == "Grensweg" for name, _, _ in addresses(tmp_path / "a", two))


def test_what_was_to_come_and_is_called_off_does_not_come(tmp_path: Path) -> None:
    soon = occurs(named("OpenbareRuimte", STREET, "Straks", STATUS + lies_in("9001")), 3, "2027-02-20")
    called_off = soon.replace(
        "<Historie:BeschikbaarLV>",
        "<Historie:tijdstipInactief>2027-02-02T10:00:00.000</Historie:tijdstipInactief><Historie:BeschikbaarLV>",
    )
    take(extract(tmp_path / "a", {**BASE, "OPR": [*BASE["OPR"], soon]}), tmp_path / "a", DAY)
    path = write_changes(tmp_path, [group(altered(soon, called_off))], until="2027-03-01")
    done = take(path, tmp_path / "a", "2027-03-01")
    names = {name for name, _, _ in addresses(tmp_path / "a", done)}
    assert names == {"Grensweg"}


def test_changes_over_changes_need_every_day_between(tmp_path: Path) -> None:
    take(extract(tmp_path / "a"), tmp_path / "a", DAY)
    file = [group(added(dwelling("9999010000000009", NUMBERS[3], (), 155_300.0)))]
    with pytest.raises(SourceError, match="since 2027-02-01, but the loaded register is that of 2027-01-01"):
        take(write_changes(tmp_path, file, NEXT, "2027-03-01"), tmp_path / "a", "2027-03-01")
    done = take(write_changes(tmp_path, file), tmp_path / "a", NEXT)
    assert ("Grensweg", "Oost", 4) in addresses(tmp_path / "a", done)
    with pytest.raises(SourceError, match="is that of 2027-02-01 already"):
        take(write_changes(tmp_path, file), tmp_path / "a", NEXT)
    take(write_changes(tmp_path, file, NEXT, "2027-03-01"), tmp_path / "a", "2027-03-01")


def test_without_a_register_there_is_nothing_to_change(tmp_path: Path) -> None:
    path = write_changes(tmp_path, [group(added(named("Woonplaats", "9005", "Nieuw")))])
    with pytest.raises(SourceError, match="nothing yet that they could change"):
        take(path, tmp_path / "a", NEXT)
    columns = ("openbare_ruimte_naam", "woonplaats_naam", "huisnummer")
    table = write_geopackage(
        tmp_path / "bag.gpkg", {"adres": (columns, [("Dorpsstraat", "Oost", 1, wkb_point(155_000.0, 463_000.0))])}
    )
    before = take(table, tmp_path / "a", DAY)
    with pytest.raises(SourceError, match="import the extract of the register again"):
        take(path, tmp_path / "a", NEXT)
    (release,) = Releases(tmp_path / "a" / "geo").all()
    assert release.parts == (before.part,)


def test_bad_changes_are_named_and_the_others_count(tmp_path: Path) -> None:
    take(extract(tmp_path / "a"), tmp_path / "a", DAY)
    good = [
        group(added(dwelling("9999010000000009", NUMBERS[3], (), 155_300.0))),
        group(added(named("Woonplaats", "9005", "Nieuw"))),
        group(added(number(NUMBERS[5], 6))),
        group(added(number(NUMBERS[4], 5))),
    ]
    bad = [
        group(("verwijdering", named("Woonplaats", "9001", "Oost"))),
        group(added(named("Woonplaats", "9006", ""))),
        group(added(dwelling("9999010000000008", NUMBERS[4], (), 1_155_300.0))),
        "<ml:mutatieGroep><ml:toevoeging/></ml:mutatieGroep>",
    ]
    done = take(write_changes(tmp_path, [*good, *bad]), tmp_path / "a", NEXT)
    assert [(fault.row, fault.field) for fault in done.refused] == [
        (5, "verwijdering"),
        (6, "naam"),
        (7, "geometrie"),
        (8, "wordt"),
    ]
    assert all(fault.file.endswith("9999MUT01012027-01022027-000001.xml") for fault in done.refused)
    assert ("Grensweg", "Oost", 4) in addresses(tmp_path / "a", done)


@pytest.mark.parametrize("text", ["<!DOCTYPE x>", "<ml:cut"])
def test_a_broken_file_changes_nothing(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "a"
    assert main(["geo", "import", "bag", str(extract(tmp_path)), "--data", str(data), "--json"]) == 0
    before = json.loads(capsys.readouterr().out)["release"]
    broken = tmp_path / "9999MUT01012027-01022027-000001.xml"
    good = MUT.format(since=DAY, until=NEXT, groups=group(added(named("Woonplaats", "9005", "Nieuw"))))
    doctype = good.replace("<mlm:bagMutaties", f"{text}<mlm:bagMutaties", 1)
    broken.write_text(doctype if "DOC" in text else good[:-40] + text)
    assert main(["geo", "import", "bag", str(broken), "--data", str(data)]) == 2
    said = capsys.readouterr().err
    assert broken.name in said and "Traceback" not in said
    assert main(["geo", "releases", "--data", str(data), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["in_force"] == before


class Breaking:
    """Mutations that break off after some rows, once."""

    def __init__(self, path: Path, after: int) -> None:
        self._inner, self._after, self.read = BagChanges(path, NEXT), after, 0
        self.since, self.until = self._inner.since, self._inner.until

    def units(self) -> Sequence[str]:
        return self._inner.units()

    def rows(self, unit: str) -> Iterator[Item]:
        for item in self._inner.rows(unit):
            self.read += 1
            if self.read > self._after:
                raise OSError("the disk went away")
            yield item


@pytest.mark.parametrize("after", [0, 4])
def test_broken_off_they_go_on_over_the_same_register(tmp_path: Path, after: int) -> None:
    groups = [group(added(named("Woonplaats", f"90{n}", f"Dorp {n}"))) for n in range(10, 17)]
    path = write_changes(tmp_path, groups)
    for folder in (tmp_path / "a", tmp_path / "b"):
        take(extract(folder), folder, DAY)
    releases = Releases(tmp_path / "a" / "geo")
    with pytest.raises(OSError, match="disk"):
        run_import("bag", path, lambda p: Breaking(p, after), releases, f"{NEXT}T00:00:00Z", batch=2)
    assert len(releases.all()) == 1
    done, whole = take(path, tmp_path / "a", NEXT), take(path, tmp_path / "b", NEXT)
    assert done.taken_up == after // 2 * 2
    assert content(tmp_path / "a", done) == content(tmp_path / "b", whole)
    with sqlite3.connect(releases.path(done.part)) as database:
        kept = {name for (name,) in database.execute("SELECT name FROM register_entry WHERE kind = 'place'")}
    assert kept == {"Oost", "West", *(f"Dorp {n}" for n in range(10, 17))}
    assert not [left for left in releases.workshop.iterdir() if left.suffix != ".lock"]


def test_an_object_that_never_belonged_to_the_register_goes(tmp_path: Path) -> None:
    west = dwelling("9999010000000002", NUMBERS[1], (), 155_100.0)
    never = west.replace(
        "<Historie:BeschikbaarLV>",
        "<Historie:BeschikbaarLV><Historie:tijdstipNietBAGLV>2027-01-11T10:00:00.000</Historie:tijdstipNietBAGLV>",
    )
    take(extract(tmp_path / "a"), tmp_path / "a", DAY)
    done = take(write_changes(tmp_path, [group(altered(west, never))]), tmp_path / "a", NEXT)
    assert addresses(tmp_path / "a", done) == {("Grensweg", "Oost", 1), ("Grensweg", "Oost", 3)}
