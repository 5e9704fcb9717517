"""Question sets: what is whole loads, what is not is told by line and field, and the shipped sets are complete."""

from __future__ import annotations

import datetime
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.pack import Pack, PackError, Question, QuestionSet, in_force, load_pack, set_for, shipped_pack, shown
from meldkamer.pack.questions import UNKNOWN, Option, read_condition

DAY = datetime.date(2026, 3, 1)
FORTY = {
    "P": "ogwels ogwemt vkwesr vkweps vkwest vogwve vogwmh vogwbd bzibwn bzibbi alpaib bzdswk bzdsgd bzdsbr bzvnvo "
    "vovsps vovsgb lmolps lmolje lmolgl lmcfbu dvpovm",
    "A": "gzoz gzra gzpz gzsp hvaz hvazdi hvazvi ogovls",
    "B": "alabab allorm alloco brbtct brbtbb brgb01 brwe lmst lmwwst dvbwlo",
}
"""The classes that are asked about most, by leading discipline. The order of size of the three is that of the
simulated calls; which classes of each is our own choice (SOURCES.md): nothing is published about it."""

A_SET = """
set = "test"
version = "1"
effective = 2026-01-01
name = "Proef"
name_en = "Test"
classes = ["gzra"]

[[question]]
id = "first"
ask = "Een?"
ask_en = "One?"
kind = "yes_no"

[[question]]
id = "second"
ask = "Twee?"
ask_en = "Two?"
kind = "choice"
options = [
  { id = "a", text = "A", text_en = "A", value = "Aanwezig" },
  { id = "b", text = "B", text_en = "B" },
]
when = ["first=yes"]
fills = "Ademhaling"

[[question]]
id = "third"
ask = "Drie?"
ask_en = "Three?"
kind = "number"
when = ["second=a"]

[[advice]]
say = "Doe dit."
say_en = "Do this."
when = ["third>=2"]

[[suggest]]
when = ["first=yes"]
priority = 1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped pack with one set of its own."""
    copy = Path(shutil.copytree(shipped_pack(), tmp_path / "pack"))
    shutil.rmtree(copy / "questions")
    (copy / "questions").mkdir()
    (copy / "questions/test.toml").write_text(A_SET, encoding="utf-8")
    return copy


def spoil(folder: Path, old: str, new: str) -> int:
    path = folder / "questions/test.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def faults_of(folder: Path) -> list[tuple[str, int, str, str]]:
    with pytest.raises(PackError) as caught:
        load_pack(folder)
    return [(fault.file, fault.row, fault.column, fault.message) for fault in caught.value.faults]


# --- the shipped sets -----------------------------------------------------------------------------------------------


def test_the_forty_classes_have_a_set_of_their_own_with_three_questions_at_least(pack: Pack) -> None:
    codes = [code for some in FORTY.values() for code in some.split()]
    assert len(codes) == len(set(codes)) == 40
    for code in codes:
        found = set_for(pack.question_sets, code, DAY)
        assert found is not None and found.id != "general", code
        assert len(found.questions) >= 3, code
        assert found.advice and found.suggestions, code
        assert len(shown(found.questions, {})) >= 2, code
    leading = {d: {pack.classification[c].disciplines[0] for c in some.split()} for d, some in FORTY.items()}
    assert leading == {"P": {"P"}, "A": {"A"}, "B": {"B"}}


def test_every_class_of_the_pack_has_a_set(pack: Pack) -> None:
    missing = [c.code for c in pack.classes if set_for(pack.question_sets, c.code, DAY) is None]
    assert missing == []


def test_whoever_may_not_ask_medically_still_has_something_to_ask(pack: Pack) -> None:
    for one in pack.question_sets:
        assert any(not q.medical for q in one.questions), one.id


def test_both_languages_say_something_of_their_own(pack: Pack) -> None:
    for one in pack.question_sets:
        for question in one.questions:
            assert question.ask != question.ask_en and question.ask.endswith("?") and question.ask_en.endswith("?")
        for advice in one.advice:
            assert advice.say != advice.say_en


def test_the_answers_of_the_shipped_sets_reach_every_question(pack: Pack) -> None:
    """For each question there are answers to those before it with which it is asked: tried, not argued."""
    for one in pack.question_sets:
        for question in one.questions:
            answers: dict[str, str] = {}
            for before in one.questions:
                if before.id == question.id:
                    break
                for condition in (read_condition(text) for text in _needs(one, question)):
                    if condition.question == before.id:
                        answers[before.id] = str(condition.least) if condition.least else min(condition.values)
            assert question in shown(one.questions, answers), (one.id, question.id)


def _needs(one: QuestionSet, question: Question) -> list[str]:
    found, ahead = [], list(question.when)
    while ahead:
        text = ahead.pop()
        found.append(text)
        about = one.question(read_condition(text).question)
        assert about is not None
        ahead += about.when
    return found


# --- which set, and which version -----------------------------------------------------------------------------------


def a_set(id: str, *classes: str, version: str = "1", effective: datetime.date = DAY) -> QuestionSet:
    return QuestionSet(id=id, version=version, effective=effective, name=id, name_en=id, classes=classes, questions=())


def test_the_set_that_names_a_class_most_closely_is_asked() -> None:
    sets = [a_set("all", "*"), a_set("fire", "br*"), a_set("building", "brgb*"), a_set("home", "brgb01")]
    assert [set_for(sets, code, DAY).id for code in ("gz", "brbt", "brgb02", "brgb01")] == [  # type: ignore[union-attr]
        "all",
        "fire",
        "building",
        "home",
    ]
    assert set_for([a_set("fire", "br*")], "gz", DAY) is None


def test_a_version_counts_from_its_day_and_until_the_next() -> None:
    old = a_set("fire", "br*", version="1", effective=datetime.date(2026, 1, 1))
    new = a_set("fire", "brgb*", version="2", effective=datetime.date(2026, 6, 1))
    assert set_for([new, old], "brgb", datetime.date(2025, 12, 31)) is None
    assert set_for([new, old], "brgb", datetime.date(2026, 5, 31)) == old
    assert set_for([new, old], "brgb", datetime.date(2026, 6, 1)) == new
    # What the new version does not name any more, the old one does not bring back.
    assert set_for([new, old], "brbt", datetime.date(2026, 6, 1)) is None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 28)), unique=True), st.integers(1, 28))
def test_of_each_set_one_version_counts_and_it_is_the_newest_that_may(made: list[tuple[str, int]], today: int) -> None:
    on = datetime.date(2026, 2, today)
    sets = [a_set(id, "*", version=str(n), effective=datetime.date(2026, 2, day)) for n, (id, day) in enumerate(made)]
    now = in_force(sets, on)
    assert len({one.id for one in now}) == len(now)
    for one in sets:
        if one.effective <= on:
            standing = next(other for other in now if other.id == one.id)
            assert one.effective <= standing.effective <= on
    assert all(one.effective <= on for one in now)


# --- answers --------------------------------------------------------------------------------------------------------


def test_an_answer_to_a_question_that_is_not_asked_any_more_counts_for_nothing(folder: Path) -> None:
    one = load_pack(folder).question_sets[0]
    assert [q.id for q in shown(one.questions, {"first": "yes", "second": "a"})] == ["first", "second", "third"]
    assert [q.id for q in shown(one.questions, {"first": "no", "second": "a"})] == ["first"]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("yes_no", ["yes", "no", UNKNOWN], ["", "ja", "YES", "maybe"]),
        ("choice", ["a", "b", UNKNOWN], ["", "c", "1"]),
        ("number", ["0", "12", "9999", UNKNOWN], ["", "-1", "1.5", "12345", "two", "\u0661"]),
        ("text", ["een zin", "x" * 500, UNKNOWN], ["", "   ", "x" * 501]),
    ],
)
def test_an_answer_fits_its_kind(kind: str, good: list[str], bad: list[str]) -> None:
    options = tuple(Option(id=id, text=id, text_en=id) for id in "ab") if kind == "choice" else ()
    question = Question(id="q", ask="?", ask_en="?", kind=kind, options=options)  # type: ignore[arg-type]
    assert all(question.fits(answer) for answer in good)
    assert not any(question.fits(answer) for answer in bad)


# --- what is wrong is told ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "column", "says"),
    [
        ('classes = ["gzra"]', 'classes = ["zzzz"]', "classes", "'zzzz' is no class of the pack"),
        ('classes = ["gzra"]', 'classes = ["zz*"]', "classes", "'zz*' is no class of the pack"),
        ('classes = ["gzra"]', "classes = []", "classes", "names no class"),
        ("effective = 2026-01-01", 'effective = "ooit"', "effective", "Invalid RFC3339"),
        ('ask_en = "Two?"\n', "", "ask_en", "missing required field `ask_en`"),
        ('ask_en = "Two?"', 'ask_en = "  "', "ask_en", "is blank"),
        ('ask = "Een?"', 'ask = ""', "ask", "length >= 1"),
        ('name_en = "Test"\n', "", "name_en", "missing required field `name_en`"),
        ('say_en = "Do this."\n', "", "say_en", "missing required field `say_en`"),
        (', text_en = "B" }', " }", "options", "missing required field `text_en`"),
        ('kind = "number"', 'kind = "getal"', "kind", "Invalid enum value 'getal'"),
        ('kind = "number"', 'kind = "choice"', "options", "0 options, where 2 to 9"),
        ('id = "second"', 'id = "first"', "id", "'first' stands twice"),
        ('id = "third"', 'id = "Third one"', "id", "matching regex"),
        ('id = "b",', 'id = "a",', "options", "'a' stands twice"),
        ('id = "b",', 'id = "unknown",', "options", "can always be answered"),
        ('value = "Aanwezig"', 'value = "Groen"', "options", "Ademhaling never has the value 'Groen'"),
        ('fills = "Ademhaling"', 'fills = "Humeur"', "fills", "'Humeur' is not a characteristic"),
        ('when = ["second=a"]', 'when = ["second=c"]', "when", "second is never answered with 'c'"),
        ('when = ["second=a"]', 'when = ["nobody=a"]', "when", "'nobody' is not a question here"),
        ('when = ["second=a"]', 'when = ["second"]', "when", "is not written as question=answer"),
        ('when = ["second=a"]', 'when = ["second>=1"]', "when", "second never is 1 or more"),
        ('when = ["second=a"]', 'when = ["third>=1"]', "when", "comes back to itself: third > third"),
        ('when = ["first=yes"]\nfills', 'when = ["third>=1"]\nfills', "when", "comes back to itself"),
        ('when = ["second=a"]', 'when = ["second=a", "first=no"]', "when", "third can never be shown"),
        ('when = ["third>=2"]', 'when = ["third>=2", "third=1"]', "when", "can never be shown"),
        ('when = ["third>=2"]', 'when = ["third>=2", "first=no"]', "when", "can never be shown"),
        ("priority = 1", "priority = 9", "priority", "9 is not 1..5"),
        ("priority = 1", 'class = "zzzz"', "class", "'zzzz' is no class"),
        ("priority = 1", 'discipline = "Z"', "discipline", "'Z' is not a discipline"),
        ("priority = 1", 'priority = 1\nclass = "gzra"', "", "give one of"),
        ("priority = 1", 'characteristic = "Ademhaling"\nvalue = "Groen"', "value", "never has the value"),
        ("priority = 1", 'characteristic = "Humeur"\nvalue = "x"', "characteristic", "'Humeur' is not"),
        ('when = ["first=yes"]\npriority', "when = []\npriority", "when", "suggests without an answer"),
        ("[[suggest]]", "[[suggestie]]", "suggestie", "is not known here"),
        ('kind = "yes_no"', 'kind = "yes_no"\nurgent = true', "urgent", "unknown field `urgent`"),
        ('kind = "number"', 'kind = "number"\nmedical = 1', "medical", "Expected `bool`"),
    ],
)
def test_a_fault_is_named_by_file_row_and_field(folder: Path, old: str, new: str, column: str, says: str) -> None:
    line = spoil(folder, old, new)
    found = faults_of(folder)
    hits = [f for f in found if f[0] == "test.toml" and f[2] == column and says in f[3]]
    assert hits, found
    # What is missing in the head is missing in the whole file.
    assert any(0 < abs(f[1] - line) <= 12 or f[1] == line or column == "name_en" for f in hits), (line, found)


def test_a_question_that_is_not_medical_may_not_depend_on_one_that_is(folder: Path) -> None:
    spoil(folder, 'kind = "yes_no"', 'kind = "yes_no"\nmedical = true')
    assert any("first is medical" in f[3] and f[2] == "when" for f in faults_of(folder))


def test_a_question_may_only_depend_on_one_before_it(folder: Path) -> None:
    spoil(folder, 'ask_en = "One?"\nkind = "yes_no"', 'ask_en = "One?"\nkind = "yes_no"\nwhen = ["last=yes"]')
    path = folder / "questions/test.toml"
    later = '\n[[question]]\nid = "last"\nask = "L?"\nask_en = "L?"\nkind = "yes_no"\n'
    path.write_text(path.read_text() + later)
    assert any("last is asked only afterwards" in f[3] for f in faults_of(folder))


def test_two_sets_may_not_claim_the_same_class_on_one_day(folder: Path) -> None:
    other = A_SET.replace('set = "test"', 'set = "other"')
    (folder / "questions/other.toml").write_text(other)
    assert any("'gzra' is also in the set" in f[3] and f[2] == "classes" for f in faults_of(folder))


def test_versions_and_their_days_are_their_own(folder: Path) -> None:
    (folder / "questions/test-2.toml").write_text(A_SET)
    told = Counter((f[2], f[3]) for f in faults_of(folder) if f[0] == "test.toml")
    assert told[("version", "test 1 already stands in test-2.toml")] == 1
    assert told[("effective", "test-2.toml counts from the same day")] == 1
    newer = A_SET.replace('version = "1"', 'version = "2"').replace("2026-01-01", "2026-07-01")
    (folder / "questions/test-2.toml").write_text(newer)
    pack = load_pack(folder)
    assert set(pack.question_set) == {("test", "1"), ("test", "2")}


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b'set = "x', b"set = 1", b"[[question]]\nid = 1\n", b"x" * 300_000]
)
def test_hostile_files_are_refused_not_raised(folder: Path, content: bytes) -> None:
    (folder / "questions/test.toml").write_bytes(content)
    assert any(f[0] == "test.toml" for f in faults_of(folder))


def test_a_pack_without_sets_loads_and_the_hash_follows_them(folder: Path) -> None:
    before = load_pack(folder).hash
    spoil(folder, "Een?", "Eén?")
    assert load_pack(folder).hash != before
    shutil.rmtree(folder / "questions")
    assert load_pack(folder).question_sets == ()
