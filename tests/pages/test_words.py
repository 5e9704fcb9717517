"""The word lists: two languages with the same sentences, and a sentence for everything that is said."""

from __future__ import annotations

import json
import re
from itertools import chain
from typing import get_args

import pytest

from meldkamer.access import RIGHTS, WaitingKind
from meldkamer.desk.accounts_api import LogPurpose
from meldkamer.desk.admin_api import State as AccountState
from meldkamer.desk.admin_pack_api import Sort as PackSort
from meldkamer.desk.admin_pack_api import State as PackState
from meldkamer.desk.contract.problems import KINDS
from meldkamer.desk.health import State as HealthState
from meldkamer.desk.history import Purpose
from meldkamer.desk.runbooks import RUNBOOKS
from meldkamer.desk.steering_views import ToJudge
from meldkamer.desk.wallboard import State
from meldkamer.domain.attention import Scope
from meldkamer.domain.basics import COMPARTMENTS
from meldkamer.domain.call import BackResult
from meldkamer.domain.drawing import Kind, Shape
from meldkamer.domain.unit import Meaning
from meldkamer.domain.warning import Standing
from meldkamer.intake import Rule, Service
from meldkamer.pack import load_pack
from meldkamer.steering import KINDS as PLAN_KINDS
from meldkamer.steering import MoneyNote, form_of, load_plan
from meldkamer.steering.lines import LineView

from .house import ROOT
from .tables import EVERYWHERE, PLACES, SIGNS, STEPS, VERBS

STATIC = ROOT / "src/meldkamer/desk/static"
WORDS = {language: json.loads((STATIC / f"words/{language}.json").read_text()) for language in ("nl", "en")}
SOURCES = {path: path.read_text() for path in (STATIC / "js").rglob("*.js")}
PYTHON = "\n".join(path.read_text() for path in (ROOT / "src/meldkamer").rglob("*.py"))
NAMED = re.compile(r"""["'`]([a-z_]+(?:\.[A-Za-z_]+)+|priority|unreadable|sign_out)["'`]""")
TEMPLATE = re.compile(r"t\(`([a-z_.]+\.)\$\{")
REFUSED = re.compile(r"""Refused\(\s*"([a-z_.]+)\"""")
REASON = re.compile(r"""Reason\(f?"([a-z_]+)"[,)]""")
NEARER = re.compile(r"""return "([a-z_]+)"|"([a-z_]+)" if of|else "([a-z_]+)"$""", re.MULTILINE)
WHY_NOT = (ROOT / "src/meldkamer/response/proposal/reasons.py").read_text().partition("def _why_not")
NOT_SENT = {f"nearer_{code}" for found in NEARER.findall(WHY_NOT[2]) for code in found if code}
DESKS = re.findall(r'name: "(\w+)", key', (STATIC / "js/admin/store.js").read_text())
READ = re.compile(r"""\.record\(\s*[^,()]+,\s*[^,]+,\s*"([a-z_]+)\"""")
BAD_ACCOUNT = re.compile(r"""BadAccount\(\s*"([a-z_.]+)\"""")
ACCESS = "\n".join(
    p.read_text()
    for p in (ROOT / "src/meldkamer").glob("*/*.py")
    if p.name.startswith(("ad", "bindings", "factors", "passkeys", "four_eyes", "commands"))
)
HEADS = (
    "asked|confirmed|refused|power without four eyes|"
    "second factor [a-z]+|passkey [a-z]+|provider [a-z]+|recovery code used|"
    "added|roles|password changed|one-time password|token renewed|disabled|enabled|session ended|glass [a-z ]+"
)
CHANGED = re.compile(rf"""f?"({HEADS})[":]""")
ON_THE_COMMAND_LINE = {"account.by", "account.second", "password.differs"}
"""What no page is ever told."""
SCREENS = re.findall(r'name: "(\w+)", key', (STATIC / "js/steering/store.js").read_text())
REPORTS = re.findall(r'name: "(\w+)", key', (STATIC / "js/reports/store.js").read_text())
REPORT_KEYS = re.findall(r'\["F\d+", "(\w+)"\]', (STATIC / "js/reports/store.js").read_text())
REASONS = {*REASON.findall(PYTHON), *NOT_SENT}

MERGE = ROOT / "src/meldkamer/domain/merge.py"

FIELDS = [field for kind in PLAN_KINDS for field in form_of(kind)]


def spelt(word: str) -> bool:
    """Whether a word of the files is said otherwise on the screen; a code such as BBN2 is not, nor is nothing."""
    return re.fullmatch("[A-Z0-9]{0,4}", word) is None


STEERING = {
    "tab": set(SCREENS),
    "why": set(SCREENS),
    "kind": {"measured", "judged", "adopted", "what_if"},
    "waits": set(ToJudge.__struct_fields__),
    "counted": {"takeover", "room_silent", "room_declared_down"},
    "todo": {"not_yet_judged", "stale", "measured_otherwise"},
    "treatment": {"idea", "planned", "busy", "done", "refused"},
    "column": {*LineView.__struct_fields__} - {"id", "name", "name_en", "base"},
    "horizon": {"T0", "T1"},
    "work": {"planned", "busy", "done", "stopped"},
    "change": {"added", "removed", "changed"},
    "figure": {"start", "years", "amount", "probability"},
    "source": {"adopted", "planner", "example"},
    "follows": set(re.findall(r'\["(\w+)", s\.', (STATIC / "js/steering/money.js").read_text())),
    "plan": {"own", "shared", "shipped"},
    "basis": set(load_plan().account.basis),
    "verdict": {"within", "over", "no_target", "not_checked"},
    "service": {"up", "degraded", "down"},
    "degree": set("01234"),
    "clock": {"running", "done", "late", "overdue"},
    "scope": {"in_scope", "out_of_scope"},
    "answer": {"not_yet_answered", "followed", "joined", "refused"},
    "list": {note.list.replace(" ", "_") for note in load_plan().of(MoneyNote)},
    "step": {"idea", "experiment", "adopted", "stopped"},
    "record": set(PLAN_KINDS),
    "field": {field.name for field in FIELDS},
    "value": {"true", "false", *(word.replace(" ", "_") for field in FIELDS for word in field.choices if spelt(word))},
    "assume": {"start", "years", "amount", "most", "probability"},
    "assume.per": {"year", "total"},
}
"""Families of the steering screens, below `steering.`."""

SAID = set(re.findall(r'return "([A-Z][A-Za-z]+)"', (ROOT / "src/meldkamer/intake/ng112.py").read_text()))
"""Service states that a room ever has here; the standard has more."""
SPREAD = re.compile(r"""word = (?:[^"\n]*, )?"([a-z_]+)\"""")

ABOUT = {
    *re.findall(r'f"([a-z]+_alone)_\{', (ROOT / "src/meldkamer/network/alone.py").read_text()),
    *(f"island_{name}" for name in re.findall(r'return "([a-z]+)", [a-z"]', MERGE.read_text())),
    *re.findall(r'id, "([a-z_]+)", ', (ROOT / "src/meldkamer/response/clash.py").read_text()),
}
"""What a conflict is ever about, without whose."""

FAMILIES = {
    "meaning.": {m.value for m in Meaning},
    "progress.": {"ordered", "acknowledged", "en_route", "on_scene", "transporting", "at_hospital"},
    "call.state.": {"queued", "offered", "answered", "abandoned", "ended", "due"},
    "call.source.": {"operator", "caller", "aml", "cell", "ecall", "map", "import"},
    "room.": {"up", "down", "silent"},
    "discipline.": set("PBAK"),
    "outcome.": {"SAFE", "LOCAL", "saving", "unknown", "kept"},
    "screen.": {"operator", "caco", "map", "watch", "comms", "playbooks", "warnings"},
    "theme.": {"night", "dusk", "day"},
    "keys.": {word for _, word in EVERYWHERE if word != "where"},
    "alarm.": {"title", *(sign[6:] for sign in SIGNS if sign.startswith("alarm."))},
    "band.": {"lost_more", *(sign[5:] for sign in SIGNS if sign.startswith("band."))},
    "manual.act.": {word for _, word in EVERYWHERE},
    "manual.place.": set(PLACES),
    "manual.there.": {f"{place}_{word}" for place, (_, keys) in PLACES.items() for _, word in keys},
    "manual.step.": set(STEPS),
    "manual.on.": {sign.replace(".", "_") for sign in SIGNS},
    **{f"manual.{part}.": set(VERBS["nl"].values()) for part in ("use", "verb", "example")},
    "attention.for.": set(get_args(Scope)),
    "drawing.kind.": set(get_args(Kind)),
    "drawing.shape.": set(get_args(Shape)),
    "warning.standing.": set(get_args(Standing)),
    "conflict.choice.": {"kept", "other", "neither"},
    "conflict.about.": set(ABOUT),
    "past.why.": set(get_args(Purpose)),
    "position.": {"note", "old"},
    "wall.": set(get_args(State)) - {"up"},
    "why.": set(REASONS),
    "rule.": set(get_args(Rule)),
    "away.": {rule for rule in get_args(Rule) if rule.startswith("overflow") or rule == "last_resort"},
    "service.": {state for state in get_args(Service) if state in SAID},
    "takeover.": set(SPREAD.findall(PYTHON)),
    "back.result.": set(get_args(BackResult)),
    "call.ended.": {"silent", "pocket", "misuse", "not_urgent", "wrong_number", "dropped", "test"},
    **{f"steering.{family}.": members for family, members in STEERING.items()},
    "problem.": set(KINDS),
    "watch.kind.": {name.replace("-", "_") for name in RUNBOOKS},
    "watch.state.": set(get_args(HealthState)),
    "watch.column.": {"room", "beat", "version", "pack", "settings", "health"},
    "refused.": {
        *REFUSED.findall(PYTHON),
        *{*BAD_ACCOUNT.findall(PYTHON)} - ON_THE_COMMAND_LINE,
        "session.unknown",
        "glass.unknown",
        *re.findall(r'"(provider\.[a-z_]+)", str\(error\)', PYTHON),
        "pack.no_text",
    },
    "admin.tab.": set(DESKS),
    "reports.tab.": set(REPORTS),
    "reports.why.": set(REPORTS),
    "reports.key.": set(REPORT_KEYS),
    "admin.why.": set(DESKS),
    "admin.state.": set(get_args(AccountState)),
    "admin.compartment.": set(COMPARTMENTS),
    "admin.right.": set(RIGHTS),
    "admin.purpose.": set(get_args(LogPurpose)),
    "admin.confirm.kind.": set(get_args(WaitingKind)),
    "admin.pack.state.": set(get_args(PackState)),
    "admin.pack.sort.": set(get_args(PackSort)),
    "admin.pack.line.": {"same", "gone", "new"},
    "admin.kind.": {*READ.findall(PYTHON), "call", "incident"},
    "admin.what.": {re.sub("[ -]", "_", head) for head in CHANGED.findall(ACCESS)},
}


def placeholders(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentence))


def test_both_languages_say_the_same_things() -> None:
    assert WORDS["nl"].keys() == WORDS["en"].keys()
    differ = [k for k in WORDS["nl"] if placeholders(WORDS["nl"][k]) != placeholders(WORDS["en"][k])]
    assert differ == []


def test_every_template_in_the_pages_is_a_family_that_is_checked() -> None:
    used = set(chain.from_iterable(TEMPLATE.findall(text) for text in SOURCES.values()))
    assert used <= FAMILIES.keys()
    assert {"meaning.", "progress.", "call.state."} <= used


@pytest.mark.parametrize("family", FAMILIES)
def test_every_member_of_a_family_has_its_sentence(family: str) -> None:
    missing = [family + member for member in sorted(FAMILIES[family]) if family + member not in WORDS["nl"]]
    assert missing == []


def test_every_key_that_the_pages_name_exists() -> None:
    heads = {key.split(".")[0] for key in WORDS["nl"]}
    named = {key for text in SOURCES.values() for key in NAMED.findall(text) if key.split(".")[0] in heads}
    assert len(named) > 100
    assert sorted(named - WORDS["nl"].keys()) == []


def test_no_sentence_is_left_that_nobody_says() -> None:
    text = "\n".join(SOURCES.values())
    unsaid = [
        key
        for key in WORDS["nl"]
        if not any(key.startswith(family) for family in FAMILIES)
        and not re.search(rf"[\"'`]{re.escape(key)}[\"'`]", text)
    ]
    assert unsaid == []


def test_dutch_sentences_hold_no_english() -> None:
    english = re.compile(r"\b(the|and|with|not|room|unit|call)\b", re.IGNORECASE)
    assert [key for key, sentence in WORDS["nl"].items() if english.search(re.sub(r"\{\w+\}", "", sentence))] == []


def test_every_status_of_the_country_has_a_meaning_in_words() -> None:
    assert {f"meaning.{status.meaning.value}" for status in load_pack().statuses} <= WORDS["nl"].keys()
