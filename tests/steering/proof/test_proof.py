"""Proof: the record's own evidence with its age, each party's degree, and mistakes by name."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import msgspec
import pytest

from meldkamer.cli import main
from meldkamer.domain import provision
from meldkamer.domain.basics import Context
from meldkamer.pack import load_pack
from meldkamer.steering import Plan, PlanError, Proof, RecordFacts, load_plan, proof_report
from meldkamer.steering.measured import DAY
from meldkamer.steering.proof.exports import component_definition, write_proof
from meldkamer.steering.proof.queries import QUERIES
from meldkamer.steering.proof.records import Measure
from tests.steering.continuity.history import START, History
from tests.steering.continuity.test_report import told

OFFICIAL = Path(__file__).parents[4] / "shared" / "data" / "beheer"
STEERING = "ev.NL.function.NL.steering"


def of(found: Proof, measure: str):
    return next(row for row in found.measures if row.measure == measure)


def test_every_query_is_asked_by_a_measure_and_about_twenty_measures_ask(plan: Plan) -> None:
    asked = {m.query for m in plan.of(Measure) if m.query}
    assert asked == set(QUERIES)
    assert sum(bool(m.query) for m in plan.of(Measure) if m.framework == "BIO2") >= 20


def test_nothing_looked_at_reads_not_checked_and_nothing_judged_is_no_degree(plan: Plan) -> None:
    found = proof_report(plan, load_pack(), RecordFacts(), START)
    for measure in ("BIO2-5.30.01", "BIO2-8.13.02", "BIO2-8.13.04", "BIO2-8.15.01", "BIO2-8.15.05", "BIO2-5.33.01"):
        seen = of(found, measure).seen
        assert seen is not None and (seen.share in (None, 0.0)) and seen.at is None, measure
    assert all(f.degree is None and f.judged == 0 for f in found.frameworks)
    assert {a.answer for a in found.advice} == {"not yet answered"}
    assert {s.system for s in found.systems} >= {"S-gms", "S-c2000", "S-nlalert", "S-record"}


async def test_a_takeover_an_exercise_and_a_restore_test_are_proof_with_no_typing(tmp_path: Path, plan: Plan) -> None:
    pack, now = load_pack(), START + 10 * DAY
    h = told()
    before = proof_report(plan, pack, RecordFacts(), now)
    assert of(before, "BIO2-8.13.02").seen.share is None
    context = Context(now=START, actor="p", room="RT")
    for event in provision.decide(provision.NoteRestoreTest(service="RECORD", seconds=90, good=True), context):
        h.event(3000, STEERING, event)
    h.raw(3100, "ev.NL.desk.RT", "exercise.held", room="RT", functions=["RT.112"], recovery_seconds=11.0)
    found = proof_report(plan, pack, await h.facts(tmp_path), now)
    recovery, restore = of(found, "BIO2-8.13.02"), of(found, "BIO2-8.13.04")
    shown = [row.seen for row in found.measures if row.seen is not None]
    assert {seen.value for seen in shown}.isdisjoint(seen.value_nl for seen in shown)
    numbers = re.compile(r"\d+")
    assert [s for s in shown if numbers.findall(s.value) != numbers.findall(s.value_nl)] == []
    assert recovery.seen.share == 1.0 and recovery.age_days == pytest.approx(10, abs=0.1)
    assert (restore.seen.share, restore.seen.at) == (1.0, START + 3_000_000)
    assert of(found, "BIO2-5.30.01").seen.share == 0.5, "the plans about rooms and about the record, of four"
    assert of(found, "BIO2-8.15.06").seen.share == 0.0, "these batches carry no signature"


async def test_changes_count_only_with_risk_way_back_and_approval(tmp_path: Path, plan: Plan) -> None:
    h, context = History(), Context(now=START, actor="p", room="RT")
    whole = provision.PlanMaintenance(
        service="TELEFONIE",
        since=START + 1_000_000,
        until=START + 2_000_000,
        reason="nieuwe versie",
        risk="uitval",
        way_back="vorige versie",
        approved_by="rol-spoedvraag",
    )
    bare = provision.PlanMaintenance(service="GMS", since=START + 1_000_000, until=START + 2_000_000, reason="x")
    late = provision.PlanMaintenance(**{f: getattr(whole, f) for f in whole.__struct_fields__} | {"since": START})
    for n, command in enumerate((whole, bare, late)):
        for event in provision.decide(command, context):
            h.event(10 + n, STEERING, event)
    found = proof_report(plan, load_pack(), await h.facts(tmp_path), START + DAY)
    assert of(found, "BIO2-8.32.01").seen.share == pytest.approx(1 / 3)


JUDGED = """
[[applied]]
id = "LMS-1"
measure = "BIO2-5.30.01"
party = "LMS"
by = "rol-psd"
date = 2025-01-01
applicable = true
degree = 1
evidence = "plannen in opzet"

[[applied]]
id = "LMS-2"
measure = "BIO2-5.30.01"
party = "LMS"
by = "rol-psd"
date = 2025-02-01
applicable = true
degree = 3
evidence = "drie van vier getoetst"

[[applied]]
id = "LMS-3"
measure = "BIO2-7.07.01"
party = "LMS"
by = "rol-psd"
date = 2025-02-01
applicable = false
reason = "geen kaarten in gebruik"

[[applied]]
id = "POL-1"
measure = "BIO2-5.30.01"
party = "POL"
by = "rol-politie"
date = 2024-01-01
applicable = true
degree = 4
evidence = "verslag 12"
"""


def test_a_degree_per_party_the_newest_counts_and_grows_stale(folder: Path) -> None:
    (folder / "bewijs" / "oordelen.toml").write_text(JUDGED)
    found = proof_report(load_plan(folder), load_pack(), RecordFacts(), START)
    bio = next(f for f in found.frameworks if f.framework == "BIO2")
    assert (bio.judged, bio.not_applicable, bio.cells) == (3, 1, 117 * 5)
    assert (bio.per_party["LMS"], bio.per_party["POL"], bio.per_party["VR"]) == (0.75, 1.0, None)
    assert bio.degree == 7 / 8
    said = {s.party: s for s in of(found, "BIO2-5.30.01").said}
    assert (said["LMS"].degree, said["LMS"].stale, said["POL"].stale) == (3, False, True)
    assert said["VR"].state == "not yet judged" and said["VR"].degree is None
    out = {s.party: s for s in of(found, "BIO2-7.07.01").said}
    assert (out["LMS"].state, out["LMS"].degree, out["LMS"].reason) == (
        "does not apply",
        None,
        "geen kaarten in gebruik",
    )


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ("degree = 1", "degree = 5", "degree", "5 is not a degree"),
        ('reason = "geen kaarten in gebruik"', "", "reason", "says why the measure does not apply"),
        ('evidence = "plannen in opzet"', "", "evidence", "says by what one sees it"),
        ('"rol-psd"', '"rol-politie"', "by", "cannot judge for LMS"),
        ('"BIO2-5.30.01"', '"BIO2-5.30.09"', "measure", "'BIO2-5.30.09' is not the id of a measure"),
        ("applicable = false", "applicable = false\ndegree = 2", "degree", "what does not apply has no degree"),
    ],
)
def test_a_wrong_judgement_is_named(folder: Path, old: str, new: str, field: str, says: str) -> None:
    assert old in JUDGED
    (folder / "bewijs" / "oordelen.toml").write_text(JUDGED.replace(old, new, 1))
    with pytest.raises(PlanError) as caught:
        load_plan(folder)
    assert [f for f in caught.value.faults if f.field == field and says in f.message], str(caught.value)


def test_a_refused_advice_has_a_reason_and_a_framework_its_columns(folder: Path) -> None:
    path = folder / "bewijs" / "adviezen.toml"
    text = path.read_text()
    path.write_text(text.replace('answer = "not yet answered"', 'answer = "refused"', 1))
    with pytest.raises(PlanError, match="says why the advice is refused"):
        load_plan(folder)
    path.write_text(text)
    table = folder / "kaders" / "cbw.csv"
    rows = table.read_text()
    table.write_text(rows.replace(",risks_judged", ",no_such_query", 1))
    with pytest.raises(PlanError, match="'no_such_query' is not a query"):
        load_plan(folder)
    table.write_text(rows.replace("name_en", "english", 1))
    with pytest.raises(PlanError, match="this column is missing"):
        load_plan(folder)


def test_the_exports_hold_what_the_proof_says(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bewijs" / "oordelen.toml").write_text(JUDGED)
    data, out = told().stored(tmp_path / "data"), tmp_path / "out"
    assert main(["proof", "--data", str(data), "--plan", str(folder), "--export", str(out), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    statement = list(csv.DictReader((out / "verklaring-van-toepasselijkheid.csv").open(encoding="utf-8")))
    assert len(statement) == 144 * 5
    row = next(r for r in statement if r["measure"] == "5.30.01" and r["party"] == "LMS")
    assert (row["applies"], row["degree_of_4"], row["evidence"]) == ("applies", "3", "drie van vier getoetst")
    recovery = next(r for r in statement if r["measure"] == "8.13.02" and r["party"] == "VR")
    assert (recovery["applies"], recovery["measured_share"]) == ("not yet judged", "1.000")
    controls = list(csv.DictReader((out / "ciso-assistant-applied-controls.csv").open(encoding="utf-8")))
    assert {(c["ref_id"], c["status"]) for c in controls} == {
        ("BIO2-5.30.01-LMS", "in_progress"),
        ("BIO2-5.30.01-POL", "active"),
    }
    catalog = json.loads((out / "oscal-catalog-bio2.json").read_text())["catalog"]
    ids = [c["id"] for g in catalog["groups"] for c in g["controls"]]
    assert len(ids) == 117 and all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9._-]*", id) for id in ids)
    definition = json.loads((out / "oscal-component-definition.json").read_text())["component-definition"]
    (component,) = definition["components"]
    asked = {r["control-id"] for i in component["control-implementations"] for r in i["implemented-requirements"]}
    assert asked == {m["measure"] for m in found["measures"] if m["query"]}
    identities = re.findall(r'"uuid": "([0-9a-f-]+)"', (out / "oscal-component-definition.json").read_text())
    assert len(identities) == len(set(identities))
    assert all(
        re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", i) for i in identities
    )


TOKEN = re.compile(r"[^\W\d][\w\-.]*")
UUID5 = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[45][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
OBJECTS: dict[str, tuple[set[str], set[str]]] = {
    "catalog": ({"uuid", "metadata"}, {"groups"}),
    "component-definition": ({"uuid", "metadata"}, {"components"}),
    "metadata": ({"title", "last-modified", "version", "oscal-version"}, set()),
    "groups": ({"title"}, {"id", "controls"}),
    "controls": ({"id", "title"}, {"props", "parts"}),
    "parts": ({"name"}, {"id", "prose"}),
    "props": ({"name", "value"}, set()),
    "components": ({"uuid", "type", "title", "description"}, {"control-implementations"}),
    "control-implementations": ({"uuid", "source", "description", "implemented-requirements"}, set()),
    "implemented-requirements": ({"uuid", "control-id", "description"}, {"props"}),
}
"""Of the objects that we write: what OSCAL 1.1.2 asks, and what of the rest we use. It allows nothing else."""


def oscal_faults(kind: str, value: dict[str, object], where: str = "") -> list[str]:
    """What the standard's own models refuse; compliance-trestle, which has them all, agreed on these files."""
    asked, used = OBJECTS[kind]
    found = [f"{where}{kind}: {name}" for name in (asked - set(value)) | (set(value) - asked - used)]
    for name, inner in value.items():
        at = f"{where}{kind}.{name}"
        if isinstance(inner, list):
            found += [f"{at}: empty"] if not inner else []
            for n, one in enumerate(inner):
                found += oscal_faults(name, one, f"{at}[{n}].")
        elif isinstance(inner, dict):
            found += oscal_faults(name, inner, f"{at}.")
        else:
            fits = {
                "uuid": UUID5,
                "id": TOKEN,
                "control-id": TOKEN,
                "name": TOKEN,
                "last-modified": MOMENT,
                "title": re.compile(r"[^\n]+"),
                "value": re.compile(r"\S(.*\S)?"),
            }.get(name, re.compile(r"(?s).+"))
            found += [] if isinstance(inner, str) and fits.fullmatch(inner) else [f"{at}: {inner!r}"]
    return found


@pytest.mark.parametrize("looked", [True, False])
async def test_the_oscal_files_hold_what_the_standard_asks_and_nothing_else(
    tmp_path: Path, plan: Plan, looked: bool
) -> None:
    h = History()
    if looked:
        h.owned(0, "RT.112", "RT", "first")
        h.silent(1000, "RT", 12.0)
        h.owned(1001, "RT.112", "DH", "lapsed")
    found = proof_report(plan, load_pack(), await h.facts(tmp_path), START + 10_000_000)
    files = {path.name: json.loads(path.read_text()) for path in write_proof(tmp_path / "out", plan, found)
             if path.name.startswith("oscal")}  # fmt: skip
    assert set(files) == {"oscal-catalog-bio2.json", "oscal-catalog-cbw.json", "oscal-component-definition.json"}
    for name, file in files.items():
        ((kind, value),) = file.items()
        assert oscal_faults(kind, value) == [], name
    catalog = files["oscal-catalog-bio2.json"]["catalog"]
    known = {control["id"] for group in catalog["groups"] for control in group["controls"]}
    (component,) = files["oscal-component-definition.json"]["component-definition"]["components"]
    shown = component["control-implementations"][0]["implemented-requirements"]
    assert {row["control-id"] for row in shown} <= known
    nothing = msgspec.structs.replace(found, measures=())
    kind, value = "component-definition", component_definition(plan, nothing)["component-definition"]
    assert oscal_faults(kind, value) == [], "without a single measure there is no empty list"


def test_a_text_is_no_formula_in_a_spreadsheet(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bewijs" / "oordelen.toml").write_text(JUDGED.replace("drie van vier getoetst", "=HYPERLINK(1)"))
    assert main(["proof", "--plan", str(folder), "--export", str(tmp_path), "--framework", "BIO2"]) == 0
    assert ",'=HYPERLINK(1)," in (tmp_path / "verklaring-van-toepasselijkheid.csv").read_text()
    assert "not checked" in capsys.readouterr().out
    assert main(["proof", "--framework", "ISO"]) == 2
    assert "there are BIO2, CBW" in capsys.readouterr().err


def test_columns_are_those_of_the_tool_that_reads_them(plan: Plan, tmp_path: Path) -> None:
    if not OFFICIAL.is_dir():
        pytest.skip("the sample tables are not beside this checkout")
    assert main(["proof", "--export", str(tmp_path)]) == 0
    for ours, theirs in (
        ("applied-controls", "ciso_assistant_sample_applied_controls.csv"),
        ("assets", "ciso_assistant_sample_assets.csv"),
        ("risks", "ciso_assistant_RA_sample.csv"),
    ):
        mine = (tmp_path / f"ciso-assistant-{ours}.csv").read_text().splitlines()[0]
        assert mine == (OFFICIAL / "risk" / theirs).read_text().splitlines()[0]


def test_the_numbers_are_the_official_ones_and_the_words_our_own(plan: Plan) -> None:
    source = OFFICIAL / "bio2" / "bio2_v1.3_maatregelen.csv"
    if not source.exists():
        pytest.skip("the official list is not beside this checkout")
    with source.open(encoding="utf-8") as file:
        official = {r["maatregel_id"]: r["tekst_nl"] for r in csv.DictReader(file) if r["status"] == "maatregel"}
    ours = {m.number: m for m in plan.of(Measure) if m.framework == "BIO2"}
    assert set(ours) == set(official)
    words = {n: re.findall(r"\w+", text.lower()) for n, text in official.items()}
    for number, measure in ours.items():
        said = re.findall(r"\w+", measure.name.lower())
        runs = {tuple(said[i : i + 7]) for i in range(len(said) - 6)}
        theirs = {tuple(words[number][i : i + 7]) for i in range(len(words[number]) - 6)}
        assert not runs & theirs, number
