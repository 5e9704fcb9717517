"""What there is to see: every screen and state that a picture is made of, and the test that brings it about.

`python -m tests.pages.pictures` writes the page that shows them, `docs/screens/README.md`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from .house import ROOT
from .shots import FORMS, file_of

FOLDER = ROOT / "docs/screens"
PAGE = FOLDER / "README.md"
TESTS = Path(__file__).parent


@dataclass(frozen=True)
class Maker:
    """A test that makes a picture."""

    file: str
    test: str


@dataclass(frozen=True)
class State:
    """One thing to see. name: of its files; title, what: for whoever looks."""

    name: str
    title: str
    what: str


SCREENS = [
    State(
        "intake", "Intake", "A call in hand: who calls, places that fit, the class, and its questions beside the form."
    ),
    State(
        "earlier",
        "Intake, earlier calls",
        "What this number and this place called for before, and what came of it.",
    ),
    State(
        "questions",
        "Intake, questions",
        "Questions of a class with advice to the caller; what answers mean is offered.",
    ),
    State(
        "dispatch", "Dispatch", "An incident in hand with its proposal and log; who waits, who works, who can be sent."
    ),
    State(
        "contact",
        "Dispatch, timer without contact",
        "A crew that was not heard of in time: on its row, and as an alarm.",
    ),
    State(
        "speaking",
        "Intake, how to speak with the caller",
        "The language and what else is to be known of the contact, noted by keys, for whoever goes on with the call.",
    ),
    State("posting", "Dispatch, stand-by", "A unit that goes to stand by at another post, and stays free."),
    State("posting_map", "Dispatch, stand-by on the map", "From where to where it goes."),
    State("incident_questions", "Dispatch, questions", "What is still to be asked about an incident that stands."),
    State(
        "follows",
        "Dispatch, scaling up",
        "What follows on a scale-up, before Enter: units asked anew, the playbook with its clocks, who is told.",
    ),
    State("map", "Map", "The own region with incidents, units by discipline and what is old; other regions in grey."),
    State("map_tiles", "Map, own tiles", "A map of the organisation's own under it all, in the colours of the theme."),
    State("comms", "Messages", "Talks between seats and rooms, and the hand-over of the shift beside them."),
    State("hand_over", "Hand-over of the shift", "What somebody left, with what changed since on top."),
    State(
        "attention", "Attention message", "What units must know: for whom, until when, and whether it was passed on."
    ),
    State("attention_caco", "Attention message, Caco", "Prolonged, and seen by who coordinates."),
    State("attention_map", "Attention message, map", "Where it is about."),
    State(
        "drawing", "Drawing on the map", "What is being drawn, and what stands: shape, kind, words, end and by whom."
    ),
    State("warning_intake", "Address warning, intake", "What is known for months of the place that a call comes from."),
    State(
        "warnings", "Address warnings", "What waits for a second person, what ends soon, what holds and what is over."
    ),
    State("caco", "Caco", "All rooms on one scale, who serves what for whom, and what waits for a decision."),
    State("playbook_asked", "Playbooks, asked for", "What is wrong asks for a playbook; Enter begins it."),
    State("playbook_running", "Playbooks, running", "Steps ticked off by two rooms, who must know, and clocks."),
    State("playbook_scale_up", "Playbooks, scale-up", "The clocks of a scale-up, and what is too late."),
    State("wallboard", "Wallboard", "Every room, read from five metres; no names, no houses."),
    State("help", "Help", "F1 in any window: all keys and commands, and what to do when things fail."),
    State("reports_overview", "Reports, overview", "Every measure against its norm over a period."),
    State(
        "reports_rooms",
        "Reports, rooms",
        "Ten rooms beside each other; a difference counts when it is more than chance.",
    ),
    State("reports_hours", "Reports, by hour", "One measure over the hours of the day."),
    State("reports_overflow", "Reports, overflow", "Who answered for whom, and how fast functions moved."),
    State("reports_item", "Reports, items", "What lasts, with an owner and an action."),
    State("sign_in_passkey", "Signing in", "With a passkey, where one is there."),
    State("account_passkeys", "My account", "What protects it: passkeys by their names, codes."),
    State("admin_people", "Access, people", "An account is made; its password is shown this once."),
    State("admin_sessions", "Access, sessions", "Who is signed in where, and a session that is ended with a reason."),
    State("admin_read_log", "Access, read log", "Who read what of whom, and why; looking at it is in it."),
    State(
        "admin_glass",
        "Access, broken glass",
        "A compartment that was opened in need waits for somebody else's judgement.",
    ),
    State("admin_pack", "Access, the country's data", "A change with its difference waits for a second pair of eyes."),
    State(
        "admin_factor_waits",
        "Access, lost factors",
        "Taking those of an account with power waits for a second administrator.",
    ),
    State("admin_confirm", "Access, confirm", "An account with power is confirmed by another administrator."),
    State("steering_today", "Steering, today", "The rooms now, and what waits for a person."),
    State("steering_risks", "Steering, risks", "Five parties' judgements, and how often it happened."),
    State("steering_review", "Steering, proposals", "A proposal with what it changes and who reviews it."),
    State("steering_continuity", "Steering, continuity", "Recovery as measured, against its target."),
    State("steering_lines", "Steering, lines", "Every item between continuity and renewal."),
    State("steering_money", "Steering, money", "A question of the plan with its course and band."),
    State("steering_proof", "Steering, proof", "Measures with what their query shows."),
    State("steering_register", "Steering, registers", "A record in its form."),
]

STATES = [
    State("flood", "Flood of alarms", "More than ten alarms in ten minutes, joined by cause."),
    State("alarm_set_aside", "Alarm set aside", "For how long and by whom; the emergency button stays."),
    State("stale", "Old position", "Hatched, with its age; the proposal says that it reckons with it."),
    State("slow", "Slow link", "No word of the room for three seconds: the top line says for how long."),
    State(
        "offline",
        "No link",
        "The picture of a moment ago, its alarms grey; lines are kept and say so, alerting is refused.",
    ),
    State("catching_up", "Catching up", "The link is back: what changed meanwhile comes in, and is counted."),
    State("up_to_date", "Up to date", "For some seconds after that: all is there again."),
    State("clock_off", "Clock off", "This workplace's clock is an hour behind; times shown are the room's."),
    State("alone", "Room alone", "Cut off from the others, working on; an order asks a second Enter."),
    State("conflict", "Conflict", "Two rooms decided otherwise while apart: a person chooses, with a reason."),
    State("maybe_in_use", "Unit in doubt", "A room that cannot be reached may be using it; ordering it asks why."),
    State("peak", "Peak", "A room says that it is full; calls go on to whoever is free."),
    State("takeover", "Takeover", "We serve another room: its work has an edge and a mark."),
    State("taken_over", "Taken over", "Another room serves us: reading and notes go on."),
    State("hand_back", "Hand-back", "Both sides read what is different, and agree, before functions return."),
    State("past", "The past", "The same screen at an earlier moment, marked, for looking only."),
    State("exercise", "Exercise", "Marked in both languages on every screen; another store."),
    State("wallboard_down", "Wallboard, a room down", "Which room fell away and who serves it."),
]
ALL = [*SCREENS, *STATES]


def makers() -> dict[str, list[Maker]]:
    """Picture -> the tests that make it; a name that is not written out is under ``""``."""
    found: dict[str, list[Maker]] = {}
    for path in sorted(TESTS.glob("test_*.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.AsyncFunctionDef):
                continue
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "shot":
                    name = call.args[1]
                    written = str(name.value) if isinstance(name, ast.Constant) else ""
                    found.setdefault(written, []).append(Maker(path.name, function.name))
    return found


def files() -> set[str]:
    """Every picture's file."""
    return {file_of(name, *form) for name in makers() for form in FORMS}


def page() -> str:
    """The page that shows them."""
    made = makers()
    lines = [
        "# Screens and states",
        "",
        "Every picture is of the running product and was made by the test beside it: with",
        "`MELDKAMER_SCREENS=docs/screens ./dev test tests/pages` they are all made anew. This page is written by",
        "`python -m tests.pages.pictures`; a test holds it against the list, the tests and the files.",
    ]
    for title, states in (("Screens", SCREENS), ("When things are out of the ordinary", STATES)):
        lines += ["", f"## {title}"]
        for state in states:
            maker = made[state.name][0]
            links = [f"[{language} {theme}]({file_of(state.name, language, theme)})" for language, theme in FORMS]
            lines += ["", f"### {state.title}", "", f"{state.what}", ""]
            lines += [f"![{state.title}]({file_of(state.name, 'en', 'night')})", ""]
            lines += [f"{' · '.join(links)} · [`{maker.test}`](../../tests/pages/{maker.file})"]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page())
