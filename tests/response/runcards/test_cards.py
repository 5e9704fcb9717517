"""The shipped cards, what they choose, what the loader refuses and the linter finds."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

import pytest

from meldkamer.geo import RdTransform
from meldkamer.pack import Pack, demonstration_fleet, load_pack
from meldkamer.response.runcards import FOLDER, CardBook, Circumstances, RunCardError, approve, choose, load_cards
from meldkamer.response.runcards.lint import FleetKind, check

TODAY = datetime.date(2026, 3, 1)
RD = RdTransform()


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack()


@pytest.fixture
def folder(pack: Pack, tmp_path: Path) -> Path:
    return shutil.copytree(Path(pack.folder) / FOLDER, tmp_path / "cards")


def book_of(folder: Path, pack: Pack) -> CardBook:
    return load_cards(folder, pack, RD.to_rd, draft=True)


def fleet(pack: Pack) -> list[FleetKind]:
    return [FleetKind(u.discipline, u.kind, u.capabilities, u.crew) for u in demonstration_fleet(pack)[1]]


def needs(book: CardBook, pack: Pack, discipline: str, code: str, priority: int = 1, **more: object) -> str:
    known = Circumstances(class_code=code, priority=priority, day=TODAY, **more)  # type: ignore[arg-type]
    return choose(book, discipline, known, {n.code: n.seconds for n in pack.norms}).text


def test_the_shipped_cards_are_approved_and_clean(pack: Pack) -> None:
    book = load_cards(Path(pack.folder) / FOLDER, pack, RD.to_rd)
    assert not [f for f in check(book, pack, fleet(pack), TODAY) if f.severity == "error"]


@pytest.mark.parametrize(
    ("code", "level", "text"),
    [
        ("brbtct", "", "TS-4"),
        ("brgb01", "", "TS-6"),
        ("brgb01", "Middel", "TS-6 + TS + OvD"),
        ("ogwels", "middel", "TS-6 + TS + HV + OvD"),
        ("ogwegs", "groot", "TS-4 + 2 TS + HV + OvD + HOvD + (AGS) + (IBGS)"),
        ("ogwtpw", "", "TS-4 + WO + OvD + (OR)"),
        ("dvbwlo", "", "TS-4"),
    ],
)
def test_fire_by_class_and_level(folder: Path, pack: Pack, code: str, level: str, text: str) -> None:
    assert needs(book_of(folder, pack), pack, "B", code, level=level) == text


def test_object_risk_place_and_characteristic_come_on_top(folder: Path, pack: Pack) -> None:
    book = book_of(folder, pack)
    assert needs(book, pack, "B", "brgb01", characteristics={"Soort woning": "Flat"}) == "TS-6 + RV"
    assert needs(book, pack, "B", "brgb01", characteristics={"Ops Br": "Groot"}) == "TS-6 + 2 TS + OvD + HOvD"
    assert needs(book, pack, "B", "brbtct", risk_factors=frozenset({"Werken op hoogte"})) == "TS-4 + RV"
    x, y = RD.to_rd(51.9217, 4.4811)
    assert needs(book, pack, "B", "brgb01", x=x, y=y) == "TS-6 + TS + RV + OvD"
    assert needs(book, pack, "B", "ogovls", x=0.0, y=0.0, municipality="GM0448") == "TS-4 + TS"


def test_ambulance_by_urgency(folder: Path, pack: Pack) -> None:
    book = book_of(folder, pack)
    norms = {n.code: n.seconds for n in pack.norms}

    def urgency(code: str, priority: int) -> str:
        return choose(book, "A", Circumstances(class_code=code, priority=priority, day=TODAY), norms).need.urgency

    assert [urgency("gzra", 1), urgency("gzoz", 1), urgency("gzoz", 2), urgency("gzoz", 4)] == ["A0", "A1", "A2", "B1"]
    assert urgency("gzra", 2) == "A2", "a card's urgency does not outlive a lower priority"
    assert needs(book, pack, "A", "gzoz", 5) == "Zorg"


def test_cards_count_from_their_day(folder: Path, pack: Pack) -> None:
    with (folder / "fire.toml").open("a") as file:
        file.write(
            '\n[[card]]\nid = "B-nieuw"\nclasses = ["brgb01"]\nfrom = 2026-03-02\nneed = "4 TS"\nregions = ["VR17"]\n'
        )
    book = book_of(folder, pack)
    assert needs(book, pack, "B", "brgb01", safety_region="VR17") == "TS-6"
    tomorrow = Circumstances(class_code="brgb01", priority=1, day=datetime.date(2026, 3, 2), safety_region="VR17")
    assert choose(book, "B", tomorrow, {}).text == "4 TS"


# --- refused ----------------------------------------------------------------------------------------------------------


def refused(folder: Path, pack: Pack, old: str, new: str, file: str = "fire.toml") -> str:
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(RunCardError) as caught:
        book_of(folder, pack)
    return str(caught.value)


def line_of(folder: Path, text: str, file: str = "fire.toml") -> int:
    return next(n for n, line in enumerate((folder / file).read_text().splitlines(), 1) if text in line)


def test_mistakes_are_named_by_file_line_and_field(folder: Path, pack: Pack) -> None:
    line = line_of(folder, 'need = "2 TS-4"')
    said = refused(folder, pack, 'need = "2 TS-4"', 'need = "2 TX-4"')
    assert f"fire.toml, line {line}, field need: 'TX' is not a role here" in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kinds = ["HW"]', 'kinds = ["HW"]\ninstead = ["RV"]', "comes back to itself"),
        ('norm = "B_arrival_5"', 'norm = "B_arrival_4"', "'B_arrival_4' is not a norm"),
        ('classes = ["brgb03"]', 'classes = ["xx03"]', "'xx03' is no class"),
        ('level = "middel"', 'level = "halverwege"', "is not one of middel, groot, zeer groot"),
        ('need = "2 TS + OvD"', 'needs = "2 TS + OvD"', "unknown field `needs`"),
        ('place_sets = ["Binnenstad"]', 'place_sets = ["Buitenstad"]', "'Buitenstad' does not stand in common.toml"),
        ('discipline = "B"', 'discipline = "Q"', "'Q' is not a discipline"),
        ('discipline = "B"', "discipline = ", "cannot be read as TOML"),
        ('id = "B-gebouw"', 'id = "B-brand"', "'B-brand' stands twice"),
        ("rank = 5", 'rank = 5\ncolour = "red"', "unknown field `colour`"),
        ("[turnout]", "[turnouts]", "turnouts"),
    ],
)
def test_what_is_wrong_is_refused_with_a_sentence(folder: Path, pack: Pack, old: str, new: str, said: str) -> None:
    assert said in refused(folder, pack, old, new)


def test_a_change_counts_only_when_a_second_person_approved_it(folder: Path, pack: Pack) -> None:
    path = folder / "police.toml"
    path.write_text(path.read_text().replace('need = "3 Auto + (Hond)"', 'need = "2 Auto"'))
    with pytest.raises(RunCardError, match=r"police.toml: was changed after it was approved"):
        load_cards(folder, pack, RD.to_rd)
    with pytest.raises(ValueError, match="two people"):
        approve(path, "Jansen", "jansen ")
    approve(path, "Jansen", "de Vries")
    assert "P" in load_cards(folder, pack, RD.to_rd).rules
    approved = folder / "approved.toml"
    approved.write_text(approved.read_text().replace('"de Vries"', '"Jansen"'))
    with pytest.raises(RunCardError, match="two people"):
        load_cards(folder, pack, RD.to_rd)


# --- found by the linter ----------------------------------------------------------------------------------------------


def found(folder: Path, pack: Pack, added: str = "", file: str = "fire.toml", units=None) -> set[tuple[str, str]]:
    with (folder / file).open("a") as there:
        there.write(added)
    book = book_of(folder, pack)
    return {
        (f.kind, f.message.partition(" ")[0])
        for f in check(book, pack, fleet(pack) if units is None else units, TODAY)
        if f.severity == "error"
    }


def test_cards_that_no_fleet_can_serve(folder: Path, pack: Pack) -> None:
    card = '\n[[card]]\nid = "B-schuim"\nclasses = ["brbtid"]\nneed = "1 TS + 2 SB"\n'
    assert found(folder, pack, card) == {("unservable", "B-schuim")}
    assert ("unservable", "B-brand") in found(folder, pack, units=[FleetKind("A", "AMB", ("als",), 2)])


def test_dead_cards(folder: Path, pack: Pack) -> None:
    over = '\n[[card]]\nid = "B-oud"\nclasses = ["brbtid"]\nneed = "TS"\nuntil = 2025-01-01\n'
    shadow = '\n[[card]]\nid = "B-schaduw"\nclasses = ["brgb*", "brbg"]\nneed = "TS"\nfrom = 2020-01-01\n'
    assert found(folder, pack, over + shadow) == {("dead", "B-oud"), ("dead", "B-gebouw")}


def test_gaps(folder: Path, pack: Pack) -> None:
    text = (folder / "marechaussee.toml").read_text().replace("priority = [4, 5]", "priority = [5]")
    (folder / "marechaussee.toml").write_text(text)
    assert {kind for kind, _ in found(folder, pack)} == {"gap"}
    (folder / "marechaussee.toml").unlink()
    assert ("gap", "there") in found(folder, pack)
