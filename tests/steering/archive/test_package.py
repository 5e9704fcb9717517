"""MDTO deliveries: whole by their own note, valid by the official schema where it is at hand, and faults by name."""

from __future__ import annotations

import asyncio
import datetime
import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.cli import main
from meldkamer.domain import incident_rules
from meldkamer.domain.function import TakeFunction
from meldkamer.geo import read_xml
from meldkamer.steering import RepositoryError, adopt, init_plan, shipped_plan
from meldkamer.steering.archive.checking import check_package, open_schema
from meldkamer.steering.archive.contents import Common, series
from meldkamer.steering.archive.mdto import About, Reference, information_object
from meldkamer.steering.archive.package import Delivery, File, Thing, Writer
from tests.network.conftest import House
from tests.steering.archive.test_terms import FUNCTIONS, a_call

SCHEMA = Path(__file__).parents[4] / "shared" / "data" / "beheer" / "mdto" / "MDTO-XML1.0.1.xsd"
SAID = Common(
    appraisal="V",
    months=60,
    restriction="Bevat persoonsgegevens",
    restriction_why="",
    category="Hulpverlening",
    creator=Reference("Veiligheidsregio Nergens", "NL-1", "Register"),
)


@pytest.fixture
async def data(tmp_path: Path) -> AsyncIterator[Path]:
    """A record with a closed incident with a call, and an open incident."""
    folder = tmp_path / "data"
    house = House(folder)
    for name in FUNCTIONS:
        await house.do("RT", TakeFunction(function=name, to="RT", ground="first"))
    await a_call(house, "c1", "i1")
    note = incident_rules.WriteNote(incident="RT/i1", line="n1", text="Beller noemt zijn naam")
    await house.do("RT", note)
    await house.do("RT", incident_rules.CloseTrack(incident="RT/i1", discipline="P", code="x"))
    await a_call(house, "c2", "i2")
    yield folder
    await house.close()


def export(out: Path, *more: str) -> list[str]:
    return ["archive", "export", str(out), "--creator", "LMS", "--contact", "archief@lms.invalid", *more]


def contents(folder: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in folder.rglob("*.json")}


async def test_a_closed_incident_goes_out_with_its_calls_and_nothing_sealed(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert await asyncio.to_thread(main, export(out, "--data", str(data), "--appraisal", "V", "--json")) == 0
    counts = json.loads(capsys.readouterr().out)
    assert (counts["objects"], counts["files"]) == (3, 2), "the delivery, its series, the closed incident"
    assert not any("Beller noemt" in text or "0612345678" in text for text in contents(out).values())
    events = json.loads(next(text for name, text in contents(out).items() if "gebeurtenissen" in name))
    kinds = [e["soort"] for e in events["gebeurtenissen"]]
    assert kinds[0] == "incident.opened" and kinds[-1] == "incident.track_closed"
    assert {c for e in events["gebeurtenissen"] for c in e["gesloten"]} == {"police"}
    assert all(re.fullmatch(r"[0-9a-f]{64}", e["hash"]) for e in events["gebeurtenissen"])
    assert check_package(out).ok


async def test_with_keys_what_was_sealed_goes_out_too(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = export(out, "--data", str(data), "--appraisal", "B", "--open", "caller,police")
    assert await asyncio.to_thread(main, words) == 0
    assert any("Beller noemt zijn naam" in text for text in contents(out).values())
    assert (
        await asyncio.to_thread(main, export(tmp_path / "x", "--data", str(data), "--appraisal", "B", "--open", "all"))
        == 1
    )
    assert "there are caller, medical, police, staff" in capsys.readouterr().err


async def test_what_the_plan_does_not_say_is_asked(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(main, export(tmp_path / "out", "--data", str(data))) == 1
    assert "does not say whether an incident is kept for ever; say it with --appraisal" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert main(export(tmp_path / "out", "--appraisal", "V")) == 2


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
async def test_incidents_and_plans_are_valid_by_the_official_schema(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not SCHEMA.exists():
        pytest.skip("the official schema is not beside this checkout")
    pytest.importorskip("xmlschema")
    own, out = tmp_path / "own", tmp_path / "out"
    init_plan(own, shipped_plan())
    adopt(own, "BMB", datetime.date(2025, 11, 28), "vastgesteld")
    words = export(out, "--data", str(data), "--plan", str(own), "--appraisal", "V", "--target", "Archief LMS")
    assert await asyncio.to_thread(main, words) == 0
    assert main(["archive", "check", str(out), "--schema", str(SCHEMA), "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["ok"] and found["schema"] and found["objects"] == 5 and found["files"] > 50
    (plan,) = [p for p in out.rglob("plan-0001*.MDTO.xml") if ".bestand." not in p.name]
    assert read_xml(plan.read_bytes()).said("informatieobject", "waardering", "begripCode") == "V"
    plan.write_text(plan.read_text().replace("<naam>", "<naam>x</naam><naam>"))
    assert main(["archive", "check", str(out), "--schema", str(SCHEMA)]) == 1
    assert "does not fit the schema" in capsys.readouterr().out


def small(folder: Path) -> Path:
    files = (File("gesprek", "json", b"{}"), File("gesprek", "csv", b"a,b\n"))
    about = About(
        id="dossier 1/2", source="x", name="Één & <ander>", level="Dossier", description="\x00", appraisal="V",
        restriction="geen", restriction_why="", creator=SAID.creator, began=datetime.date(2025, 1, 1),
        ended=datetime.date(2025, 1, 2), months=60,
    )  # fmt: skip
    delivery = Delivery(id="1", title="Proef", target="", creator="LMS", contact="x")
    Writer(folder, delivery, 0).write(series("alles", "Alles", [Thing(about=about, files=files)], SAID))
    return folder


def test_names_are_unique_and_hold_no_forbidden_sign(tmp_path: Path) -> None:
    out = small(tmp_path / "out")
    assert check_package(out).faults == ()
    names = [p.name.partition(".")[0] for p in out.rglob("*") if p.suffix in (".json", ".csv")]
    assert sorted(names) == ["gesprek", "gesprek-2"]
    assert not [p for p in out.rglob("*") if re.search(r'[<>:"\\|?*#& ]', p.name)]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        ("content", "its checksum is another"),
        ("size", "its metadata says"),
        ("metadata", "has no metadata"),
        ("note", "the delivery note is missing"),
        ("file", "tells of a file that is not there"),
        ("stray", "has no metadata"),
        ("counts", "aantalBestanden: says 9"),
        ("xml", "cannot be read"),
        ("entity", "cannot be read"),
    ],
)
def test_a_spoiled_delivery_is_told_by_name(tmp_path: Path, spoil: str, says: str) -> None:
    out = small(tmp_path / "out")
    (file,) = out.rglob("gesprek.json")
    beside = file.with_name(f"{file.name}.bestand.MDTO.xml")
    note = out / "pakbon.xml"
    match spoil:
        case "content":
            file.write_bytes(b"[]")
        case "size":
            file.write_bytes(b"{ }")
        case "metadata":
            beside.unlink()
        case "note":
            note.unlink()
        case "file":
            file.unlink()
        case "stray":
            (out / "stray.txt").write_text("x")
        case "counts":
            note.write_text(note.read_text().replace("<aantalBestanden>2", "<aantalBestanden>9"))
        case "xml":
            beside.write_text("<MDTO")
        case "entity":
            beside.write_text('<!DOCTYPE x [<!ENTITY a "b">]><MDTO>&a;</MDTO>')
    found = check_package(out)
    assert not found.ok and any(says in str(fault) for fault in found.faults), found.faults


def test_a_schema_that_is_none_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("xmlschema")
    for text in ("<x/>", "", '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>'):
        path = tmp_path / "x.xsd"
        path.write_text(text)
        with pytest.raises(RepositoryError, match="schema"):
            open_schema(path)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    out = small(tmp_path / "out")
    with pytest.raises(RepositoryError, match="not an empty folder"):
        small(out)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_becomes_xml_that_can_be_read(name: str, description: str) -> None:
    about = About(
        id="1", source="s", name=name, level="Dossier", description=description, appraisal="B", restriction="r",
        restriction_why="", creator=Reference("c"),
    )  # fmt: skip
    read = read_xml(information_object(about))
    assert read.name == "MDTO" and read.find("informatieobject", "naam") is not None
