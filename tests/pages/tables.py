"""The desk's own tables of keys and commands, read from its scripts as text: what the tests hold the pages against."""

from __future__ import annotations

import re

from .house import ROOT

JS = ROOT / "src/meldkamer/desk/static/js"
KEYS, MANUAL, LANGUAGE = ((JS / f"{name}.js").read_text() for name in ("keys", "manual", "command_language"))
PAIR = re.compile(r'\["([^"]+)", "([a-z]+)"\]')
PLACE = re.compile(r'\{ place: "([a-z]+)", view: "([a-z_]+)", keys: (\[.*\]) \}')


def _names(name: str) -> list[str]:
    found = re.search(rf"export const {name} = \[(.*?)\];", MANUAL)
    assert found is not None
    return re.findall(r'"([a-z_.]+)"', found[1])


EVERYWHERE = PAIR.findall(KEYS.partition("PLACES")[0])
"""(key, word) of every screen."""
PLACES = {place: (view, PAIR.findall(keys)) for place, view, keys in PLACE.findall(KEYS)}
"""Place -> the view that listens, and its (keys, word)."""
VERBS = {
    language: dict(re.findall(r'"?([a-z?=]+)"?: "([a-z]+)"', verbs))
    for language, verbs in re.findall(r"^  (nl|en): \{ (.*) \},$", LANGUAGE, re.MULTILINE)
}
"""Language -> first word -> what it stands for."""
SIGNS, STEPS = _names("SIGNS"), _names("STEPS")
