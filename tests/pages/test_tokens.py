"""Contrast of every pair of colours that meets on a screen, in three themes, from the one file that names colours."""

from __future__ import annotations

import re

import pytest

from .house import ROOT

CSS = ROOT / "src/meldkamer/desk/static/css"
THEME = re.compile(r'\[data-theme="(\w+)"\]\s*\{([^}]*)\}')
TOKEN = re.compile(r"--mk-([a-z0-9-]+):\s*(#[0-9a-f]{6})")
THEMES = {name: dict(TOKEN.findall(body)) for name, body in THEME.findall((CSS / "tokens.css").read_text())}

SURFACES = ("bg0", "bg1", "bg2")
TEXT = [
    *[(text, surface) for text in ("t1", "t2", "t3", "alarm", "warn", "note") for surface in SURFACES],
    *[(text, "in") for text in ("t1", "t2", "t3")],
    *[(text, "sel") for text in ("t1", "t2", "warn")],
    *[(f"on-{fill}", f"{fill}-bg") for fill in ("alarm", "warn", "note", "foreign", "exercise")],
    *[(letter, surface) for letter in "pbak" for surface in ("bg1", "bg2")],
    ("foreign", "bg1"),
    ("bg0", "t1"),
    ("bg0", "t3"),
]
LINES = [
    *[("line-strong", surface) for surface in (*SURFACES, "in")],
    *[("focus", surface) for surface in (*SURFACES, "in", "sel")],
    *[("exercise", surface) for surface in SURFACES],
    *[("sel-line", "bg1"), ("foreign", "bg1"), ("warn", "bg0"), ("note", "bg0")],
    *[(letter, "map-land") for letter in "pbak"],
]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("theme", ["night", "dusk", "day"])
def test_all_pairs_can_be_told_apart(theme: str) -> None:
    tokens = THEMES[theme]
    faint = {pair: contrast(tokens[pair[0]], tokens[pair[1]]) for pair in TEXT}
    assert {pair: round(value, 2) for pair, value in faint.items() if value < 4.5} == {}
    thin = {pair: contrast(tokens[pair[0]], tokens[pair[1]]) for pair in LINES}
    assert {pair: round(value, 2) for pair, value in thin.items() if value < 3.0} == {}


def test_all_themes_have_the_same_tokens() -> None:
    assert THEMES["night"].keys() == THEMES["dusk"].keys() == THEMES["day"].keys()


def test_colours_stand_in_the_tokens_only() -> None:
    elsewhere = [
        path.name for path in CSS.glob("*.css") if path.name != "tokens.css" and "#" in _colours(path.read_text())
    ]
    assert elsewhere == []


def test_there_is_no_colour_for_all_is_well() -> None:
    """Green is not used: no token's green stands far above its red and blue."""
    for tokens in THEMES.values():
        for colour in tokens.values():
            red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
            assert green - max(red, blue) < 40, colour


def _colours(css: str) -> str:
    return " ".join(re.findall(r":[^;{}]*#[0-9a-fA-F]{3,8}", css))


# --- one place for each class -----------------------------------------------------------------------------------------

BASE = {"exercise.css", "frame.css", "panes.css", "tokens.css"}
"""What every screen is made of: others may refine what stands there."""
SHEETS = {"steering.css", "admin.css", "reports.css"}
"""Screens that are built of the same sheets."""
SELECTORS = re.compile(r"([^{}]+)\{[^{}]*\}")
BARE = re.compile(r"^\.([\w-]+)(?::{1,2}[\w-]+)*$")


def _selectors(css: str) -> list[str]:
    """Every selector of a file, without what stands in a condition such as a print."""
    css = re.sub(r"@[^{};]+\{|/\*.*?\*/", "", css, flags=re.DOTALL)
    return [part.strip() for rule in SELECTORS.findall(css) for part in re.split(r",(?![^(]*\))", rule)]


def test_no_screen_styles_what_stands_on_another() -> None:
    """All of these files are on every page: a class without its screen before it counts everywhere it occurs."""
    files = {path.name: _selectors(path.read_text()) for path in CSS.glob("*.css")}
    bare = {name: {m[1] for s in said if (m := BARE.match(s))} for name, said in files.items()}
    used = {name: {c for s in said for c in re.findall(r"\.([a-zA-Z][\w-]*)", s)} for name, said in files.items()}
    meets = {
        f"{name} .{kind}": sorted(other for other in files if other != name and kind in used[other])
        for name in files.keys() - BASE
        for kind in bare[name]
    }
    family = {name: SHEETS if name in SHEETS else {name} for name in files}
    wrong = {at: set(others) - family[at.split()[0]] for at, others in meets.items()}
    assert {at: sorted(others) for at, others in wrong.items() if others} == {}
