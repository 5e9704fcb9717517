"""Forms for every kind of record: they write the files that a planner would, as proposals, and nothing else."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from meldkamer.steering import PlanError, RepositoryError, adopt, init_plan, load_plan, shipped_plan
from meldkamer.steering.adoption import changes
from meldkamer.steering.editing import set_fields
from meldkamer.steering.forms import CALCULATED, FOLLOWING, addable, changeable, form_of, shown
from meldkamer.steering.kinds import KINDS
from meldkamer.steering.portfolio import Demand, Item
from meldkamer.steering.proposing import Added, Changed, proposals, propose, review

DAY = datetime.date(2026, 1, 5)
DEMAND: dict[str, Any] = {
    "name": "Negenendertig",
    "name_en": "Thirty-nine",
    "serves": ["M113"],
    "room": "RT",
    "order": 4,
    "recorded": "2026-01-05",
    "owner": "rol-hmk-RT",
    "items": ["N-beelden"],
}
THE_39TH = Added(of="V-RTD-4", kind="demand", role="rol-hmk-RT", fields=DEMAND, reason="gevraagd in het overleg")


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    folder = tmp_path / "plan"
    init_plan(folder, shipped_plan())
    return folder


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A small plan's worth of editing needs no repository."""
    import shutil

    return Path(shutil.copytree(shipped_plan(), tmp_path / "files"))


def accept(folder: Path, id: str) -> None:
    [waiting] = [p for p in proposals(folder) if p.id == id]
    review(folder, id, by="eigenaar", role=waiting.owner, accept=True, reason="", date=DAY)


def test_every_kind_of_record_has_a_form_or_says_why_not() -> None:
    assert {*CALCULATED, *FOLLOWING} < set(KINDS)
    for kind in KINDS:
        assert addable(kind) == (kind not in CALCULATED)
        assert changeable(kind) == (kind not in {*CALCULATED, *FOLLOWING})
        fields = form_of(kind)
        assert [f.name for f in fields if f.required] == [f.name for f in fields][: sum(f.required for f in fields)]
        assert not {"id", "sealed"} & {f.name for f in fields}
    assert not addable("planeet")


def test_a_form_knows_what_a_field_may_hold() -> None:
    fields = {f.name: f for f in form_of("demand")}
    assert (fields["met"].form, fields["met"].choices) == ("date", ("unknown", "no"))
    assert (fields["items"].form, fields["items"].many, fields["items"].refers) == ("record", True, ("item",))
    assert (fields["weighed_by"].form, fields["weighed_by"].choices) == ("record", ("",))
    assert fields["order"].form == "number" and fields["recorded"].form == "date"
    system = {f.name: f for f in form_of("system")}
    assert system["critical"].form == "flag" and system["target"].choices[:2] == ("keep", "harmonise")
    assert {f.name: f.form for f in form_of("notifiable")}["known"] == "moment"
    assert {f.name: (f.form, f.many) for f in form_of("impact")}["after"] == ("number", True)


def test_every_record_can_be_given_what_it_holds_and_is_then_unchanged(files: Path) -> None:
    """What a form shows it can write back; nothing is lost on the way, whatever the kind."""
    plan = load_plan(files)
    before = {path: path.read_bytes() for path in files.rglob("*.toml")}
    done = set()
    for placed in plan.placed:
        if changeable(placed.kind) and placed.kind not in done:
            done.add(placed.kind)
            given = {k: v for k, v in shown(placed.record).items() if k not in ("id", "sealed")}
            assert not set_fields(files, plan, placed.record.id, given), placed.record.id
    assert {path: path.read_bytes() for path in before} == before
    assert len(done) > 25


def test_the_39th_demand_goes_the_same_way_and_its_work_names_it(plan: Path) -> None:
    first = adopt(plan, "BMB", DAY, "begin")
    propose(plan, "a" * 32, THE_39TH, "jan", DAY)
    [waiting] = proposals(plan)
    assert waiting.owner == "rol-hmk-RT" and waiting.wanted == THE_39TH
    assert {(d.what, d.id) for d in waiting.differences} == {("added", "V-RTD-4"), ("changed", "N-beelden")}
    accept(plan, "a" * 32)
    now = load_plan(plan)
    demands = now.of(Demand)
    new = next(d for d in demands if d.id == "V-RTD-4")
    assert len(demands) == 39 and (new.room, new.order, new.met) == ("RT", 4, "no")
    assert next(i for i in now.of(Item) if i.id == "N-beelden").asked_by[-1] == "V-RTD-4"
    assert "V-RTD-4" in (plan / "vraag/RT.toml").read_text(), "beside the others of the room"
    assert all(change.reasons for change in changes(plan, first.tag, "HEAD"))
    assert adopt(plan, "BMB", DAY, "kalibratie").tag.startswith("adopted/0002")


def test_a_demand_is_met_when_the_room_says_so(plan: Path) -> None:
    met = Changed(of="V-RTD-1", role="rol-hmk-RT", fields={"met": "2026-01-02"}, reason="klaar")
    with pytest.raises(PlanError, match="met_said_by"):
        propose(plan, "a" * 32, met, "jan", DAY)
    whole = msgspec.structs.replace(met, fields={"met": "2026-01-02", "met_said_by": "rol-hmk-RT", "items": []})
    propose(plan, "b" * 32, whole, "jan", DAY)
    accept(plan, "b" * 32)
    now = load_plan(plan)
    demand = now.by_id["V-RTD-1"]
    assert isinstance(demand, Demand) and demand.met == datetime.date(2026, 1, 2) and demand.items == ()
    item = now.by_id["C-huisvesting"]
    assert isinstance(item, Item) and "V-RTD-1" not in item.asked_by, "work and demand stay together"


@pytest.mark.parametrize(
    ("of", "fields", "owner"),
    [
        ("IN-sensing", {"state": "experiment", "hypothesis": "minder", "measure": "aantal"}, "rol-innovatie"),
        ("D1", {"text": 'Met "aanhaling", # en een\nregel'}, "rol-planning"),
        ("RT", {"grid": "full"}, "rol-huisvesting"),
        ("POL", {"name": "De politie"}, "rol-planning"),
    ],
)  # fmt: skip
def test_records_of_other_kinds_change_as_well(plan: Path, of: str, fields: dict[str, Any], owner: str) -> None:
    propose(plan, "a" * 32, Changed(of=of, role="rol-planning", fields=fields, reason="x"), "jan", DAY)
    [waiting] = proposals(plan)
    assert {d.id for d in waiting.differences} == {of}
    if not owner.endswith("huisvesting"):
        assert waiting.owner == owner
    accept(plan, "a" * 32)
    record = load_plan(plan).by_id[of]
    assert {name: getattr(record, name) for name in fields} == fields


def test_what_a_party_says_of_a_process_follows_and_is_never_changed(plan: Path) -> None:
    said: dict[str, Any] = {
        "process": "PC-respons", "party": "VR", "by": "rol-brandweer", "date": "2026-01-05", "level": 2,
    }  # fmt: skip
    propose(
        plan, "a" * 32, Added(of="RY-1", kind="maturity", role="rol-brandweer", fields=said, reason="x"), "jan", DAY
    )
    process = load_plan(plan).by_id["PC-respons"]
    assert proposals(plan)[0].owner == process.accountable  # type: ignore[attr-defined]
    accept(plan, "a" * 32)
    assert (plan / "maturity.toml").is_file()
    for wanted in (
        Changed(of="RY-1", role="rol-brandweer", fields={"level": 5}, reason="x"),
        Added(of="RY-2", kind="maturity", role="rol-brandweer", fields={**said, "by": "rol-politie"}, reason="x"),
    ):
        with pytest.raises((PlanError, RepositoryError)):
            propose(plan, "b" * 32, wanted, "jan", DAY)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (msgspec.structs.replace(THE_39TH, of="V-RTD-3"), "already"),
        (msgspec.structs.replace(THE_39TH, of="../x"), "cannot be an id"),
        (msgspec.structs.replace(THE_39TH, of="a b"), "cannot be an id"),
        (msgspec.structs.replace(THE_39TH, kind="judgement"), "no form adds"),
        (msgspec.structs.replace(THE_39TH, kind="planeet"), "no form adds"),
        (msgspec.structs.replace(THE_39TH, fields={**DEMAND, "room": "XX"}), "'XX' is not the id of a site"),
        (msgspec.structs.replace(THE_39TH, fields={**DEMAND, "order": "vier"}), "'vier' is not a whole number"),
        (msgspec.structs.replace(THE_39TH, fields={**DEMAND, "sealed": "x"}), "sealed"),
        (msgspec.structs.replace(THE_39TH, fields={"name": "x"}), "name_en: is missing"),
        (msgspec.structs.replace(THE_39TH, fields={**DEMAND, "text": "x" * 17_000}), "too long"),
        (Changed(of="R-overname", role="rol-planning", fields={"sealed": "v1.x"}, reason="x"), "sealed"),
        (Changed(of="C-c2000", role="rol-planning", fields={"id": "C-anders"}, reason="x"), "id"),
        (Changed(of="C-c2000", role="rol-planning", fields={"axis": 1}, reason="x"), "is so already"),
        (Changed(of="C-c2000", role="rol-planning", fields={"accountable": "x"}, reason="x"), "exactly one"),
        (
            Changed(of="TX-waarvoor", role="rol-planning", fields={"file": "../plan/plan.toml"}, reason="x"),
            "is missing",
        ),
        (Changed(of="BIO2-5.30.01", role="rol-planning", fields={"name": "x"}, reason="x"), "cannot be changed"),
    ],
)
def test_what_would_make_the_plan_wrong_is_not_proposed(plan: Path, wanted: Added | Changed, said: str) -> None:
    with pytest.raises((PlanError, RepositoryError), match=said):
        propose(plan, "a" * 32, wanted, "jan", DAY)
    assert proposals(plan) == []


def test_remarks_stay_and_a_list_may_become_longer_or_shorter(files: Path) -> None:
    path = files / "registers/vernieuwing.toml"
    text = path.read_text().replace(
        'goals = ["D4"]\n', 'goals = [ # of the board\n    "D4", # "new"\n]  # weighed ]\n', 1
    ).replace('state = "idea"', 'state = "idea" # since # May', 1)  # fmt: skip
    path.write_text(text)
    plan = load_plan(files)
    assert set_fields(files, plan, "IN-sensing", {"state": "stopped", "goals": ["D1", "D4"], "result": "niets"})
    after = path.read_text()
    assert 'state = "stopped"  # since # May\n' in after and 'goals = ["D1", "D4"]  # weighed ]\n' in after
    assert '[[innovation]]\nresult = "niets"\n' in after
    assert after.count("[[innovation]]") == text.count("[[innovation]]")
    assert load_plan(files).by_id["IN-nh-data"] == plan.by_id["IN-nh-data"]
    many = [f"M{n}" for n in range(1, 40)]
    assert set_fields(files, load_plan(files), "IN-sensing", {"serves": many})
    assert "serves = [\n" in path.read_text()
    assert load_plan(files).by_id["IN-sensing"].serves == tuple(many)  # type: ignore[attr-defined]


def test_a_sign_that_toml_does_not_take_is_written_so_that_it_does(files: Path) -> None:
    odd = 'a\x7fb\tc\u2028d\\e"f'
    assert set_fields(files, load_plan(files), "D1", {"text": odd})
    assert load_plan(files).by_id["D1"].text == odd  # type: ignore[attr-defined]
