"""What somebody meant by what was typed: words, a house number, a postcode, a hectometre post, coordinates."""

from __future__ import annotations

import re

import msgspec

from meldkamer.geo.gazetteer.spelling import plain

MOST_WORDS = 8
_ROAD = r"(?P<road>[anse]\s?\d{1,3})"
_SIDE = r"(?P<side>re|r|rechts|hrr|li|l|links|hrl)"
_POST = re.compile(
    rf"^{_ROAD}\s*(?:{_SIDE}\b)?\s*(?:hmp|hm|km|hectometerpaal|paal)?\s*(?P<km>\d{{1,3}})(?:[.,](?P<tenth>\d)?)?"
    rf"\s*(?P<letter>[a-z])?\s*(?P<side2>re|rechts|li|links)?$"
)
_POSTCODE = re.compile(r"\b([1-9]\d{3})\s?([a-z]{2})\b(?!\w)")
_NUMBER = re.compile(r"^(\d{1,5})\s*-?\s*([a-z])?$")
_PAIR = re.compile(r"^\s*(-?\d{1,6}(?:\.\d+)?)\s*[ ,;]\s*(-?\d{1,6}(?:\.\d+)?)\s*$")
_CROSSING = re.compile(r"\s+(?:hoek|kruising|x)\s+|\s*/\s*")


class PostQuery(msgspec.Struct, frozen=True):
    """A hectometre post. hm_to: the last hundred metres that fits what was typed so far (`A28 22` is 220 to 229)."""

    road: str
    hm: int
    hm_to: int
    side: str
    letter: str


class Reading(msgspec.Struct, frozen=True):
    """One way to read the words: which is the house number (0: none), and what is left for the name."""

    words: tuple[str, ...]
    number: int = 0
    letter: str = ""
    addition: str = ""


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """readings: the likeliest first. words: all of them, plain."""

    readings: tuple[Reading, ...] = ()
    postcode: str = ""
    post: PostQuery | None = None
    point: tuple[float, float] | None = None
    crossing: bool = False

    @property
    def number(self) -> int:
        """The house number of the likeliest reading; 0 for none."""
        return self.readings[0].number if self.readings else 0


def understand(typed: str) -> Query:
    """Read what was typed. Never fails; what means nothing gives an empty query."""
    pair = _PAIR.match(typed)
    if pair:
        return Query(point=(float(pair[1]), float(pair[2])))
    lowered = typed.casefold().strip()
    post = _post(lowered)
    crossing = bool(_CROSSING.search(lowered))
    if crossing:
        lowered = _CROSSING.sub(" ", lowered)
    lowered, postcode = _take_postcode(lowered)
    words = plain(lowered).split()[: MOST_WORDS * 2]
    numbers = [n for n, word in enumerate(words) if _NUMBER.match(word) and (n > 0 or postcode)]
    # `plein 1944 3`: the last number is the likeliest, then the first; then all of it is a name (`plein 1944`).
    chosen = dict.fromkeys((*numbers[-1:], *numbers[:1]))
    readings = dict.fromkeys((*(_reading(words, at) for at in chosen), Reading(tuple(words[:MOST_WORDS]))))
    kept = tuple(reading for reading in readings if reading.words or reading.number)
    if len(kept) > 1 and kept[1].addition and kept[1].number:
        kept = (kept[1], kept[0], *kept[2:])  # `12 3` is more often a number with its addition
    return Query(readings=kept, postcode=postcode, post=post, crossing=crossing)


def _reading(words: list[str], at: int) -> Reading:
    found = _NUMBER.match(words[at])
    assert found is not None
    letter, addition, after = found[2] or "", "", at + 1
    if not letter and after < len(words) and len(words[after]) == 1 and words[after].isalpha():
        letter, after = words[after], after + 1
    if after < len(words) and ((words[after].isdigit() and len(words[after]) <= 4) or words[after] in _ADDITIONS):
        addition, after = words[after], after + 1
    rest = (*words[:at], *words[after:])
    return Reading(rest[:MOST_WORDS], int(found[1]), letter, addition)


_ADDITIONS = frozenset({"hs", "bis", "i", "ii", "iii", "iv", "zw", "rd"})


def _take_postcode(text: str) -> tuple[str, str]:
    found = _POSTCODE.search(text)
    # `1e van` and `3500 na` read like one too; a postcode with letters that cannot be is left among the words.
    if found is None or found[2] in ("sa", "sd", "ss"):
        return text, ""
    return f"{text[: found.start()]} {text[found.end() :]}", f"{found[1]}{found[2]}".upper()


def _post(text: str) -> PostQuery | None:
    found = _POST.match(" ".join(text.split()))
    if found is None:
        return None
    side = (found["side"] or found["side2"] or "")[-1:] if (found["side"] or "").startswith("hr") else ""
    side = side or (found["side"] or found["side2"] or "")[:1]
    km, tenth = int(found["km"]), found["tenth"]
    first = km * 10 + int(tenth or 0)
    last = first if tenth else first + 9
    return PostQuery(found["road"].replace(" ", "").upper(), first, last, side.upper(), found["letter"] or "")
