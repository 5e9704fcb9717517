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
_CROSSING = re.compile(r"\s+(?:hoek|kruising|x)\s+|\s*/\s*|\s*\bhoek\b\s*")


class PostQuery(msgspec.Struct, frozen=True):
    """A hectometre post. hm_to: the last hundred metres that fits what was typed so far (`A28 22` is 220 to 229)."""

    road: str
    hm: int
    hm_to: int
    side: str
    letter: str


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """words: plain, in order, without the house number. number: 0 for none. text: all words, numbers among them."""

    words: tuple[str, ...] = ()
    number: int = 0
    letter: str = ""
    addition: str = ""
    text: tuple[str, ...] = ()
    postcode: str = ""
    post: PostQuery | None = None
    point: tuple[float, float] | None = None
    crossing: bool = False


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
    at = next((n for n, word in enumerate(words) if _is_number(word) and (n > 0 or postcode)), None)
    if at is None:
        kept = tuple(words[:MOST_WORDS])
        return Query(words=kept, text=kept, postcode=postcode, post=post, crossing=crossing)
    found = _NUMBER.match(words[at])
    assert found is not None
    letter, addition, after = found[2] or "", "", at + 1
    if not letter and after < len(words) and len(words[after]) == 1 and words[after].isalpha():
        letter, after = words[after], after + 1
    if after < len(words) and ((words[after].isdigit() and len(words[after]) <= 4) or words[after] in _ADDITIONS):
        addition, after = words[after], after + 1
    rest = (*words[:at], *words[after:])
    return Query(
        words=rest[:MOST_WORDS],
        number=int(found[1]),
        letter=letter,
        addition=addition,
        text=tuple(words[:MOST_WORDS]),
        postcode=postcode,
        post=post,
        crossing=crossing,
    )


_ADDITIONS = frozenset({"hs", "bis", "i", "ii", "iii", "iv", "zw", "rd"})


def _is_number(word: str) -> bool:
    return _NUMBER.match(word) is not None


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
