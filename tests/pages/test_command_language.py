"""The command line's language, as the browser runs it: from what is typed to what would be done."""

from __future__ import annotations

import json
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from .house import ROOT, House

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

READY = {"base": "17-B01", "function": "RT.B.dispatch", "free": True, "assignment": None}
UNITS = [
    {"ref": "RT/1", "call_sign": "17-0131", "kind": "TS", **READY},
    {"ref": "RT/2", "call_sign": "17-0132", "kind": "TS", **READY},
    {"ref": "LB/3", "call_sign": "24-0132", "kind": "TS", **READY},
    {"ref": "RT/4", "call_sign": "17-0191", "kind": "OVD-B", **READY},
    {
        "ref": "RT/5",
        "call_sign": "17-0133",
        "kind": "TS",
        **READY,
        "assignment": {"number": "RT-4313", "incident": "RT/b"},
    },
]
CONFLICTS = [
    {"conflict": "x0", "kept": "1", "other": "3", "choice": "kept"},
    {"conflict": "x1", "kept": "2", "other": "4", "choice": ""},
]
INCIDENTS = [
    {
        "ref": "RT/a",
        "number": "RT-4312",
        "location": {"text": "Coolsingel 40"},
        "conflict_rows": CONFLICTS,
        "tracks": {"B": {"closed": None}, "P": {"closed": None}},
    },
    {
        "ref": "RT/b",
        "number": "RT-4313",
        "location": {"text": "Blaak 1"},
        "tracks": {"A": {"closed": None}, "B": {"closed": None}},
    },
    {"ref": "LB/c", "number": "LB-4313", "location": {"text": "Markt 2"}, "tracks": {"B": {"closed": 1_000}}},
]
CLASSES = [
    {"code": "brwo", "name": "Brand woning", "level1": "Brand", "level2": "woning", "priority": 1},
    {"code": "brwa", "name": "Brand wagen", "level1": "Brand", "level2": "wagen", "priority": 2},
    {"code": "onge", "name": "Ongeval letsel", "level1": "Ongeval", "level2": "letsel", "priority": 1},
]
TAKEN = ["LB.112", "LB.A.dispatch", "LB.B.dispatch"]
FUNCTIONS = [
    {"name": name, "region": name[:2], "what": name[3:], "owner": name[:2], "home": name[:2]}
    for name in ("RT.B.dispatch", *TAKEN)
]
NATURES = [
    {"id": "aggression", "name": "agressie", "name_en": "aggression", "months": 9, "audience": "P", "widest": "PBAK"},
    {"id": "weapons", "name": "wapens", "name_en": "weapons", "months": 12, "audience": "PK", "widest": "PBAK"},
    {"id": "access", "name": "toegang", "name_en": "access", "months": 36, "audience": "PBAK", "widest": "PBAK"},
]
BASES = [
    {"id": id, "name": f"grond {id}", "name_en": f"basis {id}"}
    for id in ("wpg", "avg_vital", "avg_consent", "agreement")
]
WHERE = {"text": "Blaak 1", "x": 1.0, "y": 2.0}
WARNINGS = [
    {"ref": "RT/b1", "standing": "asked", "by": "anna", "months": 12, "longer": None},
    {"ref": "RT/b2", "standing": "asked", "by": "me", "months": 12, "longer": None},
    {
        "ref": "RT/7f2c",
        "standing": "stands",
        "by": "anna",
        "months": 12,
        "longer": {"prolongation": "p", "by": "bram", "until": 2_000},
    },
    {"ref": "RT/d1", "standing": "stands", "by": "anna", "months": 12, "longer": None},
]
AROUND = {
    "room": "RT",
    "person": "me",
    "country": {
        "warning_natures": [{**n, "bases": ["wpg", "avg_vital", "avg_consent"]} for n in NATURES],
        "legal_bases": BASES,
        "languages": [
            {"code": "pl", "name": "Pools", "name_en": "Polish"},
            {"code": "pt", "name": "Portugees", "name_en": "Portuguese"},
            {"code": "ckb", "name": "Koerdisch (Sorani)", "name_en": "Kurdish (Sorani)"},
        ],
        "disciplines": [
            {"code": "P", "name": "Politie", "name_en": "Police"},
            {"code": "B", "name": "Brandweer", "name_en": "Fire service"},
            {"code": "K", "name": "Koninklijke Marechaussee", "name_en": "Royal Marechaussee"},
        ],
        "regions": [{"code": "RT", "name": "Rotterdam"}, {"code": "LB", "name": "Limburg"}],
        "safety_regions": [{"number": 24, "region": "LB"}],
        "functions": [
            {"code": f"{region}.{d}.{kind}", "region": region, "discipline": d, "kind": kind}
            for region, disciplines in (("RT", "PBK"), ("LB", "PBK"), ("NL", "K"))
            for d in disciplines
            for kind in ("intake", "dispatch")
        ],
        "speaking_ways": [
            {"id": "interpreter", "word": "tolk", "word_en": "interpreter", "name": "tolk", "name_en": "interpreter"},
            {"id": "deaf", "word": "doof", "word_en": "deaf", "name": "is doof", "name_en": "is deaf"},
            {"id": "sms", "word": "sms", "word_en": "sms", "name": "met sms", "name_en": "by SMS"},
        ],
        "characteristics": [],
        "characteristic_values": [],
    },
    "warnings": [{**w, "location": WHERE, "until": 1_000} for w in WARNINGS],
    "rooms": ["RT", "LB"],
    "units": UNITS,
    "incidents": INCIDENTS,
    "focused": INCIDENTS[0],
    "classes": CLASSES,
    "functions": FUNCTIONS,
    "call": {"ref": "RT/k", "function": "RT.P.intake", "possible_duplicates": ["RT/a"]},
    "alarm": {"text": "Oproep wacht: RT.112", "keys": ["wacht RT/1"]},
    "attentions": [
        {"ref": "RT/7f2a", "unit": "17-0131", "to_room": "", "audience": "B", "until": 1},
        {"ref": "RT/0c1", "unit": "", "to_room": "LB", "audience": "PBAK", "until": 1},
    ],
    "drawings": [
        {"ref": "RT/7f2a", "shape": "circle", "kind": "cordon", "points": [[1, 2]], "radius": 300},
        {"ref": "RT/0c1", "shape": "line", "kind": "route", "points": [[1, 2], [3, 4]], "radius": 0},
    ],
    "region": "RT",
    "regions": ["RT", "LB", "NL"],
    "speaking": {"ref": "RT/k", "language": "", "ways": ["sms"]},
    "earlier": [{"ref": "RT/old", "number": "RT-17"}, None],
    "windows": [{"name": "operator", "there": True}, {"name": "map", "there": False}, {"name": "mail", "there": False}],
    "closing": [
        {"discipline": "B", "code": "oef", "name": "Oefening", "name_en": "Exercise"},
        {"discipline": "A", "code": "mz", "name": "Mobiel", "name_en": "Mobile"},
    ],
    "disciplines": "B",
    "books": [
        {"id": "telephony", "name": "Telefonie uitgevallen", "name_en": "Telephony lost", "about": ""},
        {"id": "paging", "name": "Alarmering uitgevallen (P2000)", "name_en": "Paging lost (P2000)", "about": ""},
        {"id": "staff", "name": "Geen mensen van een discipline", "name_en": "No staff", "about": "discipline"},
        {"id": "room", "name": "Hele kamer uitgevallen", "name_en": "Whole room lost", "about": "room"},
        {"id": "scale_up", "name": "Opschaling (GRIP)", "name_en": "Scale-up (GRIP)", "about": "incident"},
    ],
}

BOTH: list[tuple[str, dict[str, Any]]] = [
    ("d 170131", {"do": "alert", "incident": "RT/a", "units": ["RT/1"]}),
    ("D 17-0131 0191", {"do": "alert", "incident": "RT/a", "units": ["RT/1", "RT/4"]}),
    ("d 0131 ovdb #RT-4313", {"do": "alert", "incident": "RT/b", "units": ["RT/1", "RT/4"]}),
    ("d #4312 0131", {"do": "alert", "incident": "RT/a", "units": ["RT/1"]}),
    ("s 0191 2", {"do": "status", "unit": "RT/4", "key": "2"}),
    ("contact 0131", {"do": "contact", "unit": "RT/1"}),
    ("contact 0191 15", {"do": "contact_timer", "unit": "RT/4", "minutes": 15}),
    ("contact 0191 0", {"do": "contact_timer", "unit": "RT/4", "minutes": 0}),
    ("n rook  uit #40 dak", {"do": "note", "incident": "RT/a", "text": "rook  uit #40 dak"}),
    ("n #RT-4313 rook uit  #40", {"do": "note", "incident": "RT/b", "text": "rook uit  #40"}),
    ("p 1", {"do": "priority", "incident": "RT/a", "priority": 1}),
    ("p 5 #lb-4313", {"do": "priority", "incident": "LB/c", "priority": 5}),
    ("w Blaak 12 Rotterdam", {"do": "where", "incident": "RT/a", "text": "Blaak 12 Rotterdam"}),
    ("i Blaak 12", {"do": "open", "text": "Blaak 12"}),
    ("o 4312", {"do": "look", "kind": "incident", "ref": "RT/a"}),
    ("= 4312", {"do": "join", "call": "RT/k", "incident": "RT/a"}),
    ("=#RT-4313", {"do": "join", "call": "RT/k", "incident": "RT/b"}),
    ("e", {"do": "end", "call": "RT/k", "reason": "done"}),
    ("?", {"do": "help"}),
]
OWN: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "nl": [
        ("v", {"do": "proposal", "incident": "RT/a"}),
        ("k brand won", {"do": "class", "incident": "RT/a", "code": "brwo"}),
        ("verplaats 0131 17-b01", {"do": "post", "unit": "RT/1", "post": "17-B01", "place": ""}),
        ("verplaats 0131 Blaak 12 Rotterdam", {"do": "post", "unit": "RT/1", "place": "Blaak 12 Rotterdam"}),
        ("k onge", {"do": "class", "incident": "RT/a", "code": "onge"}),
        ("z 0131", {"do": "look", "kind": "unit", "ref": "RT/1"}),
        ("t 0131 niet meer nodig", {"do": "recall", "unit": "RT/1", "reason": "niet meer nodig"}),
        ("b 4312 RT-4313", {"do": "link", "incident": "RT/a", "other": "RT/b"}),
        (
            "ovn LB.A.dispatch brand in de kamer",
            {"do": "takeover", "functions": ["LB.A.dispatch"], "reason": "brand in de kamer"},
        ),
        ("ovn LB uitval", {"do": "takeover", "functions": TAKEN, "reason": "uitval"}),
        ("wp", {"do": "workplace", "name": ""}),
        ("wp mai", {"do": "workplace", "name": "mail"}),
        ("piek zware storm", {"do": "peak", "reason": "zware storm"}),
        ("piekaf", {"do": "calm"}),
        ("taal poo", {"do": "speaking", "call": "RT/k", "changes": {"language": "pl"}}),
        ("taal PT", {"do": "speaking", "call": "RT/k", "changes": {"language": "pt"}}),
        ("taal sorani", {"do": "speaking", "call": "RT/k", "changes": {"language": "ckb"}}),
        ("taal geen", {"do": "speaking", "call": "RT/k", "changes": {"language": ""}}),
        ("via doof tolk", {"do": "speaking", "call": "RT/k", "changes": {"ways": ["sms", "deaf", "interpreter"]}}),
        ("via -sms d", {"do": "speaking", "call": "RT/k", "changes": {"ways": ["deaf"]}}),
        ("via geen", {"do": "speaking", "call": "RT/k", "changes": {"ways": []}}),
        ("af oef", {"do": "close", "incident": "RT/a", "code": "oef", "disciplines": ["B"]}),
        ("af #RT-4313 oef", {"do": "close", "incident": "RT/b", "code": "oef", "disciplines": ["B"]}),
        ("bl", {"do": "paper", "sheet": "all"}),
        ("rij", {"do": "reach", "incident": "RT/a", "minutes": [5, 10, 15]}),
        ("rij 8", {"do": "reach", "incident": "RT/a", "minutes": [8]}),
        ("rij #RT-4313 12,4,4", {"do": "reach", "incident": "RT/b", "minutes": [4, 12]}),
        ("rij 0131 8", {"do": "reach", "unit": "RT/1", "minutes": [8]}),
        ("rij 170131", {"do": "reach", "unit": "RT/1", "minutes": [5, 10, 15]}),
        ("weg", {"do": "way", "incident": "RT/a"}),
        ("weg 0131 0191 #RT-4313", {"do": "way", "incident": "RT/b", "units": ["RT/1", "RT/4"]}),
        ("bes", {"do": "decide", "incident": "RT/a"}),
        ("bes a zij waren er", {"do": "decide", "conflict": "x1", "choice": "other", "reason": "zij waren er"}),
        ("bes 1 blij #4312 zo", {"do": "decide", "conflict": "x1", "choice": "kept", "reason": "zo"}),
        ("d 0191: ook 12:30 nodig", {"do": "alert", "units": ["RT/4"], "order": {"override": "ook 12:30 nodig"}}),
        (
            "d 0133: levensgevaar",
            {
                "do": "alert",
                "units": ["RT/5"],
                "order": {"override": "levensgevaar", "divert": True, "reason": "levensgevaar"},
            },
        ),
        ("door brandw", {"do": "transfer", "call": "RT/k", "to": "RT.B.intake"}),
        ("door rt.K", {"do": "transfer", "call": "RT/k", "to": "RT.K.intake"}),
        ("door NL.K.intake", {"do": "transfer", "call": "RT/k", "to": "NL.K.intake"}),
        ("e broek", {"do": "end", "call": "RT/k", "reason": "pocket"}),
        ("e Geen spoed", {"do": "end", "call": "RT/k", "reason": "not_urgent"}),
        ("bl b", {"do": "paper", "sheet": "B"}),
        ("att", {"do": "attentions"}),
        ("teken", {"do": "drawings"}),
        (
            "teken afz 300 [Blaak 12] 2u gaslek 40 m",
            {"do": "draw", "shape": "circle", "kind": "cordon", "radius": 300, "incident": "RT/a", "region": "RT"}
            | {"places": ["Blaak 12"], "text": "gaslek 40 m"},
        ),
        (
            "teken ontruiming LB [1 2] [3 4] [5 6]",
            {"shape": "area", "kind": "evacuation", "incident": None, "region": "LB", "places": ["1 2", "3 4", "5 6"]},
        ),
        ("teken afzetting #RT-4313 [1 2] [3 4]", {"shape": "line", "kind": "cordon", "incident": "RT/b", "until": 0}),
        (
            "tekenv 7f2 500 - ramen dicht",
            {"do": "redraw", "changes": {"radius": 500, "until": 0, "text": "ramen dicht"}},
        ),
        ("tekenv 0c [1 2] [3 4]", {"do": "redraw", "drawing": "RT/0c1", "places": ["1 2", "3 4"], "changes": {}}),
        ("tekenw 7F2", {"do": "undraw", "drawing": "RT/7f2a"}),
        (
            "att 0131 2u !1 #RT-4313 [Blaak 1] (OvD-B) (nieuw) hek dicht",
            {
                "do": "attention",
                "scope": "unit",
                "region": "RT",
                "unit": "1",
                "priority": 1,
                "incident": "RT/b",
                "place": "Blaak 1",
                "source": "OvD-B",
                "text": "(nieuw) hek dicht",
            },
        ),
        ("att AB 1d rustig", {"scope": "units", "region": "RT", "audience": "BA", "priority": 2, "text": "rustig"}),
        ("att lb.p 90m x", {"scope": "units", "region": "LB", "audience": "P", "incident": None}),
        ("att k 90m x", {"scope": "units", "region": "NL", "audience": "K"}),
        ("att lb 90m x", {"scope": "room", "region": "NL", "room": "LB"}),
        ("att allen 90m x", {"scope": "all", "region": "NL"}),
        ("attd 7f2", {"do": "told", "attention": "RT/7f2a", "units": []}),
        ("attd 7F 0131 0191", {"do": "told", "attention": "RT/7f2a", "units": ["1", "4"]}),
        ("attv 0c1 2u nog niet klaar", {"do": "prolong", "attention": "RT/0c1", "reason": "nog niet klaar"}),
        ("atti 7 is klaar", {"do": "withdraw", "attention": "RT/7f2a", "reason": "is klaar"}),
        ("adw", {"do": "warnings"}),
        (
            "adw wap:BP 6mnd wpg [Kerkstraat 12] (wijkagent) mes in de gang",
            {
                "do": "ask_warning",
                "nature": "weapons",
                "audience": "PB",
                "basis": "wpg",
                "place": "Kerkstraat 12",
                "incident": None,
                "source": "wijkagent",
                "text": "mes in de gang",
            },
        ),
        ("adw wapens 8w avg_v [Kerkstraat 12] (arts) x", {"audience": "PK", "basis": "avg_vital"}),
        ("adwj b1", {"do": "answer_warning", "warning": "RT/b1", "prolongation": "", "agrees": True}),
        ("adwj 7", {"do": "answer_warning", "warning": "RT/7f2c", "prolongation": "p", "agrees": True}),
        ("adwn b1 geen grond", {"warning": "RT/b1", "agrees": False, "reason": "geen grond"}),
        ("adwv d 6mnd nog zo", {"do": "prolong_warning", "warning": "RT/d1", "reason": "nog zo"}),
        ("adwi d verhuisd", {"do": "withdraw_warning", "warning": "RT/d1", "reason": "verhuisd"}),
    ],
    "en": [
        ("u #4312", {"do": "proposal", "incident": "RT/a"}),
        ("c brand won", {"do": "class", "incident": "RT/a", "code": "brwo"}),
        ("post 0131 Blaak 12", {"do": "post", "unit": "RT/1", "place": "Blaak 12"}),
        ("f 0131", {"do": "look", "kind": "unit", "ref": "RT/1"}),
        ("r 0131", {"do": "recall", "unit": "RT/1", "reason": ""}),
        ("l 4312 RT-4313", {"do": "link", "incident": "RT/a", "other": "RT/b"}),
        ("tko LB.A.dispatch fire", {"do": "takeover", "functions": ["LB.A.dispatch"], "reason": "fire"}),
        ("peak heavy storm", {"do": "peak", "reason": "heavy storm"}),
        ("peakoff", {"do": "calm"}),
        ("lang polish", {"do": "speaking", "call": "RT/k", "changes": {"language": "pl"}}),
        ("via interp", {"do": "speaking", "call": "RT/k", "changes": {"ways": ["sms", "interpreter"]}}),
        ("cl oef", {"do": "close", "incident": "RT/a", "code": "oef", "disciplines": ["B"]}),
        ("tr fire", {"do": "transfer", "call": "RT/k", "to": "RT.B.intake"}),
        ("tr p rott", {"do": "transfer", "call": "RT/k", "to": "RT.P.intake"}),
        ("e wrong n", {"do": "end", "call": "RT/k", "reason": "wrong_number"}),
        ("sh 112", {"do": "paper", "sheet": "112"}),
        ("reach 0131 8", {"do": "reach", "unit": "RT/1", "minutes": [8]}),
        ("way 0131", {"do": "way", "incident": "RT/a", "units": ["RT/1"]}),
        ("att all 2h x", {"do": "attention", "scope": "all"}),
        ("draw area 300 [Blaak 12] smoke", {"do": "draw", "shape": "circle", "kind": "danger", "text": "smoke"}),
        ("drawc 7f2 2h", {"do": "redraw", "drawing": "RT/7f2a"}),
        ("drawx 0c1", {"do": "undraw", "drawing": "RT/0c1"}),
        ("attp 7f2 0131", {"do": "told", "attention": "RT/7f2a", "units": ["1"]}),
        ("attx 7f2 2h why", {"do": "prolong", "attention": "RT/7f2a"}),
        ("attw 7f2 why", {"do": "withdraw", "attention": "RT/7f2a"}),
        ("adw access 35mo wpg [Mill Lane 1] (owner) key at the gate", {"nature": "access", "audience": "PBAK"}),
        ("adwy b1", {"do": "answer_warning", "agrees": True}),
        ("adwx d 90d why", {"do": "prolong_warning", "warning": "RT/d1"}),
        ("dec 1 nei both wrong", {"do": "decide", "conflict": "x1", "choice": "neither", "reason": "both wrong"}),
    ],
}
NOT_DONE = [
    ("nl", "d 0132", "say.which"),
    ("nl", "d TS", "say.which"),
    ("nl", "d 0133", "say.busy"),
    ("nl", "=", "say.join_which"),
    ("nl", "= 4313", "say.which"),
    ("nl", "door", "say.transfer_how"),
    ("nl", "door k", "say.which"),
    ("nl", "door lb b", "say.transfer_none"),
    ("nl", "door fire", "say.transfer_none"),
    ("nl", "@14:32 door b", "say.at_not"),
    ("nl", "e ver", "say.end_how"),
    ("nl", "e onzin", "say.end_how"),
    ("nl", "d", "say.which_unit"),
    ("nl", "d 9999", "say.no_such_unit"),
    ("nl", "d 0131 0132", "say.which"),
    ("nl", "o 4313", "say.which"),
    ("nl", "o 99", "say.no_such_incident"),
    ("nl", "p 6", "say.priority_how"),
    ("nl", "p", "say.priority_how"),
    ("nl", "p 1.5", "say.priority_how"),
    ("nl", "s 0131", "say.status_how"),
    ("nl", "contact", "say.which_unit"),
    ("nl", "verplaats", "say.post_how"),
    ("nl", "verplaats 0131", "say.post_how"),
    ("nl", "verplaats 0133 17-B01", "say.post_busy"),
    ("nl", "contact 0132", "say.which"),
    ("nl", "contact 0131 241", "say.contact_how"),
    ("nl", "contact 0131 15m", "say.contact_how"),
    ("nl", "n", "say.note_how"),
    ("nl", "w", "say.where_how"),
    ("nl", "k brand", "say.which"),
    ("nl", "k zzz", "say.no_class"),
    ("nl", "b 4312", "say.link_how"),
    ("nl", "ovn XX", "say.takeover_how"),
    ("nl", "ovn LB", "say.takeover_how"),
    ("nl", "piek", "say.peak_how"),
    ("en", "piek storm", "say.no_such_word"),
    ("nl", "u", "say.no_such_word"),
    ("nl", "toString", "say.no_such_word"),
    ("en", "k brand", "say.no_such_word"),
    ("en", "v", "say.no_such_word"),
    ("en", "tko LB", "say.takeover_how"),
    ("nl", "af", "say.close_how"),
    ("nl", "af #LB-4313 oef", "say.close_none"),
    ("nl", "wp m", "say.which"),
    ("nl", "wp radio", "say.no_window"),
    ("nl", "af mz", "say.close_how"),
    ("nl", "bl X", "say.paper_how"),
    ("nl", "rij 61", "say.reach_how"),
    ("nl", "rij 0", "say.reach_how"),
    ("nl", "rij 0131 0191 8", "say.reach_how"),
    ("nl", "rij 1,2,3,4,5", "say.reach_how"),
    ("nl", "rij 9999", "say.no_such_unit"),
    ("nl", "weg 0132", "say.which"),
    ("nl", "weg #9999", "say.no_such_incident"),
    ("nl", "bes #4313", "say.which"),
    ("nl", "bes #RT-4313", "say.no_conflict"),
    ("nl", "bes ander", "say.decide_how"),
    ("nl", "bes 2 ander zo", "say.decide_how"),
    ("nl", "bes keep zo", "say.decide_how"),
    ("nl", "n #9999 rook", "say.no_such_incident"),
    ("nl", "n #RT-4313", "say.note_how"),
    ("nl", "   ", "say.empty"),
    ("nl", "db uitgev", "say.which"),
    ("nl", "db brand", "say.no_playbook"),
    ("nl", "db mensen", "say.playbook_about"),
    ("nl", "db hele DH", "say.playbook_about"),
    ("nl", "db tele RT", "say.playbook_about"),
    ("nl", "@14:32 db", "say.at_not"),
    ("nl", "geluid 5", "say.loudness_how"),
    ("nl", "att 9999 2u x", "say.no_such_unit"),
    ("nl", "att 0132 2u x", "say.which"),
    ("nl", "att xx.b 2u x", "say.no_such_unit"),
    ("nl", "att b", "say.attention_end"),
    ("nl", "att b 2h x", "say.attention_end"),
    ("nl", "att b 24:00 x", "say.attention_end"),
    ("nl", "att b 31-02/14:00 x", "say.attention_end"),
    ("nl", "att b 73u x", "refused.attention.too_long"),
    ("nl", "att b 0m x", "refused.attention.ended"),
    ("nl", "att b 2u", "say.attention_words"),
    ("nl", "att b 2u #9999 x", "say.no_such_incident"),
    ("nl", "att b 2u " + "x" * 501, "outcome.too_long"),
    ("nl", "attd", "say.attention_which"),
    ("nl", "teken schat [1 2]", "say.draw_what"),
    ("nl", "teken o [1 2]", "say.which"),
    ("nl", "teken route [1 2]", "say.draw_shape"),
    ("nl", "teken punt 300 [1 2]", "say.draw_shape"),
    ("nl", "teken gevaar 50001 [1 2]", "say.draw_radius"),
    ("nl", "teken punt [1 2] 0m x", "refused.drawing.ended"),
    ("nl", "teken punt LB hier", "say.draw_where"),
    ("nl", "tekenv 7f2", "say.redraw_how"),
    ("nl", "tekenv 0c1 300", "refused.drawing.no_shape"),
    ("nl", "tekenv zzz 300", "say.draw_which"),
    ("nl", "tekenw", "say.draw_which"),
    ("nl", "attd zzz", "say.attention_which"),
    ("nl", "attv 7f2 2u", "refused.attention.say_why"),
    ("nl", "attv 7f2 straks x", "say.attention_end"),
    ("nl", "atti 7f2", "refused.attention.say_why"),
    ("nl", "geluid hard", "say.loudness_how"),
    ("nl", "taal", "say.language_how"),
    ("nl", "taal po", "say.which"),
    ("nl", "taal klingon", "say.no_language"),
    ("nl", "via", "say.via_how"),
    ("nl", "via fax", "say.via_how"),
    ("nl", "via -", "say.via_how"),
    ("nl", "adw draken", "say.warning_nature"),
    ("nl", "adw wapens", "say.warning_end"),
    ("nl", "adw wapens:X 6mnd", "say.warning_for"),
    ("nl", "adw wapens 6mo", "say.warning_end"),
    ("nl", "adw wapens 31-2-2030", "say.warning_end"),
    ("nl", "adw wapens 1-1-2020", "refused.warning.ended"),
    ("nl", "adw wapens 13mnd", "refused.warning.too_long"),
    ("nl", "adw wapens 6mnd agreement", "say.warning_basis"),
    ("nl", "adw wapens 6mnd avg", "say.which"),
    ("nl", "adw wapens 6mnd wpg (agent) x", "say.warning_place"),
    ("nl", "adw wapens 6mnd wpg [A 1] x", "refused.warning.say_who"),
    ("nl", "adw wapens 6mnd wpg [A 1] (agent)", "refused.warning.empty"),
    ("nl", "adw wapens 6mnd wpg [A 1] (agent) " + "x" * 501, "outcome.too_long"),
    ("nl", "adwj b", "say.which"),
    ("nl", "adwj zzz", "say.warning_which"),
    ("nl", "adwj b2", "refused.warning.own"),
    ("nl", "adwj d", "refused.warning.decided"),
    ("nl", "adwn b1", "refused.warning.say_why"),
    ("nl", "adwv d 6mnd", "refused.warning.say_why"),
    ("nl", "adwv d 13mnd x", "refused.warning.too_long"),
    ("nl", "adwi d", "refused.warning.say_why"),
]


async def test_a_national_call_goes_nowhere_by_guess_and_a_transfer_says_what_goes_along(page: Page) -> None:
    call = {"ref": "NL/k", "function": "NL.112", "location": {"safety_region": 24}}
    meaning = await understand(page, "door brand", "nl", call=call)
    # Where the caller is stands first, and is still not chosen.
    assert (meaning["ok"], meaning["list"]) == (False, ["LB.B.intake", "RT.B.intake"])
    meaning = await understand(page, "door brand limb", "nl", call=call, summary="Rook\nuit het " + "dak " * 40)
    assert meaning["say"] == "say.transfer_with" and meaning["twice"]
    assert meaning["params"]["summary"].startswith("Rook uit het dak") and len(meaning["params"]["summary"]) == 121
    meaning = await understand(page, "tr fire lb", "en", call=call)
    assert (meaning["say"], meaning["act"]["to"]) == ("say.transfer", "LB.B.intake")
    assert (await understand(page, "door b", "nl", call=None))["say"] == "say.join_no_call"
    assert (await understand(page, "door b", "nl", past={"at": 1}))["say"] == "refused.looking_back"


async def test_a_playbook_is_named_by_the_beginning_of_its_words_and_what_it_is_about(page: Page) -> None:
    for text, book, about in (
        ("db tele", "telephony", ""),
        ("db uitg p2", "paging", ""),
        ("db mens a", "staff", "A"),
        ("db kamer lb", "room", "LB"),
        ("db grip", "scale_up", "RT-4312"),
        ("db grip #RT-4313", "scale_up", "RT-4313"),
    ):
        meaning = await understand(page, text, "nl")
        assert meaning["ok"] and meaning["act"] == {"do": "playbook", "book": book, "about": about}, (text, meaning)
    meaning = await understand(page, "@00:01 db tele", "nl", now=1_800_000_000_000)
    assert meaning["act"]["do"] == "playbook" and meaning["act"]["occurred"] < 1_800_000_000_000
    assert (await understand(page, "db tele", "nl", books=None))["say"] == "playbook.not_yours"
    assert (await understand(page, "vol 70%", "en"))["act"] == {"do": "loudness", "percent": 70}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page(browser: Browser, house: House) -> Any:
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(house.url)
    yield page
    await context.close()


async def understand(page: Page, text: str, language: str, **around: Any) -> dict[str, Any]:
    """The meaning of what is typed."""
    found = await page.evaluate(
        "async ([text, around]) => (await import('/static/js/command_language.js')).understand(text, around)",
        [text, {**AROUND, "lang": language, **around}],
    )
    assert isinstance(found, dict)
    return found


async def test_what_would_be_done(page: Page) -> None:
    for language in ("nl", "en"):
        for text, act in [*BOTH, *OWN[language]]:
            meaning = await understand(page, text, language)
            assert meaning["ok"], (language, text, meaning)
            assert act.items() <= meaning["act"].items(), (language, text, meaning)


async def test_what_is_not_understood_does_nothing_and_says_why(page: Page) -> None:
    for language, text, say in NOT_DONE:
        meaning = await understand(page, text, language)
        assert not meaning["ok"] and "act" not in meaning, (text, meaning)
        assert meaning["say"] == say, (text, meaning)


async def test_without_an_incident_in_hand_one_must_be_named(page: Page) -> None:
    for text in ("d 0131", "v", "n tekst", "p 1", "k brwo", "w Blaak"):
        assert (await understand(page, text, "nl", focused=None))["say"] == "say.no_incident", text
    assert (await understand(page, "p 1 #4312", "nl", focused=None))["ok"]


async def test_an_order_of_a_room_that_is_alone_asks_twice_and_a_unit_in_doubt_a_reason(page: Page) -> None:
    alone = await understand(page, "d 0131", "nl", alone=True)
    assert (alone["twice"], alone["warn"], alone["act"]["order"]) == (True, "order.alone", {"alone": True})
    assert "order" not in (await understand(page, "d 0131", "nl"))["act"]
    units = [{**UNITS[0], "maybe_used_by": "RT"}, *UNITS[1:]]
    assert (await understand(page, "d 0131 0191", "nl", units=units))["say"] == "say.maybe_in_use"
    assert (await understand(page, "d 0131:", "nl", units=units))["say"] == "say.maybe_in_use"
    told = await understand(page, "d 0131: zij zijn vlakbij", "nl", units=units)
    assert told["say"] == "say.alert_why" and told["act"]["order"] == {"override": "zij zijn vlakbij"}
    assert (await understand(page, "d 0191", "nl", units=units))["ok"]


async def test_what_cannot_be_undone_asks_twice(page: Page) -> None:
    twice = {
        t: (await understand(page, t, "nl")).get("twice", False) for t in ("t 0131", "ovn LB weg", "p 1", "d 0131")
    }
    assert twice == {"t 0131": True, "ovn LB weg": True, "p 1": False, "d 0131": False}


async def test_closing_says_of_whom_and_never_closes_nothing(page: Page) -> None:
    """Of one who serves two disciplines a code closes those that have it; the sentence says which these are."""
    closes = {
        code: (await understand(page, f"af #RT-4313 {code}", "nl", disciplines="BA"))["act"]["disciplines"]
        for code in ("oef", "mz")
    }
    assert closes == {"oef": ["B"], "mz": ["A"]}
    assert (await understand(page, "af #4312 mz", "nl", disciplines="BA"))["say"] == "say.close_how"
    assert (await understand(page, "af oef", "nl", disciplines="A"))["say"] == "say.close_none"
    assert (await understand(page, "af oef", "nl", disciplines="A"))["ok"] is False


async def test_what_was_proposed_already_is_not_proposed_again(page: Page) -> None:
    asked = [{**f, "proposal": {"to": "DH"}} if f["name"] in TAKEN[1:] else f for f in FUNCTIONS]
    assert (await understand(page, "ovn LB uitval", "nl", functions=asked))["act"]["functions"] == TAKEN[:1]
    asked = [{**f, "proposal": {"to": "DH"}} for f in FUNCTIONS]
    assert (await understand(page, "ovn LB uitval", "nl", functions=asked))["say"] == "say.takeover_asked"


async def test_a_call_is_ended_in_the_words_of_the_desk_and_never_by_guess(page: Page) -> None:
    ends = await page.evaluate("async () => (await import('/static/js/command_language.js')).ENDS")
    for language, known in ends.items():
        words = json.loads((ROOT / f"src/meldkamer/desk/static/words/{language}.json").read_text())
        said = {words[key]: key.rpartition(".")[2] for key in words if key.startswith("call.ended.")}
        assert known == said
    assert (await understand(page, "e", "nl", call=None))["say"] == "say.join_no_call"
    typed = await understand(page, "e", "nl", unsaved=True)
    assert (typed["twice"], typed["warn"]) == (True, "call.unsaved")
    assert not (await understand(page, "e", "nl")).get("twice")


async def test_an_end_is_so_long_from_now_or_the_next_time_that_it_is_so_late(page: Page) -> None:
    """Half past two of the browser's own day."""
    noon = int(await page.evaluate("new Date(2026, 10, 27, 14, 30).getTime()"))
    minute = 60_000
    for end, later in (("90m", 90), ("2u", 120), ("1d", 1440), ("14:45", 15), ("14.29", 1439), ("29-11/14:30", 2880)):
        meaning = await understand(page, f"att b {end} x", "nl", now=noon)
        assert meaning["ok"] and meaning["act"]["until"] - noon == later * minute, (end, meaning)
    assert (await understand(page, "att b 14:30 x", "nl", now=noon))["act"]["until"] - noon == 1440 * minute
    held = [{"ref": "RT/7f2a", "unit": "", "to_room": "", "audience": "B", "until": noon + 180 * minute}]
    shorter = await understand(page, "attv 7f2 2u x", "nl", now=noon, attentions=held)
    assert shorter["say"] == "refused.attention.not_longer"
    assert (await understand(page, "attv 7f2 4u x", "nl", now=noon, attentions=held))["ok"]
    assert (await understand(page, "atti 7f2 x", "nl", attentions=held))["twice"]
    both = [*held, {**held[0], "ref": "LB/7f3b"}]
    assert (await understand(page, "attd 7f", "nl", attentions=both))["say"] == "say.which"
    told = await understand(page, "@14:20 attd 7f2 0131", "nl", now=noon, attentions=both)
    assert told["act"]["occurred"] == noon - 10 * minute
