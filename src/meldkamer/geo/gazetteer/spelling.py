"""How Dutch names are written, typed and heard: the one form under which a word is filed and looked for.

The folding works letter by letter, so that what was typed so far folds to the beginning of what the whole word folds
to: `di`, `dij`, `dijk` are `di`, `di`, `dik`. It throws together what people mix up (ij and y, ae and aa, c and k, z
and s, v and f, double letters); which spelling fits best is decided afterwards, by `plain`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# Whole words as they are shortened on signs, in registers and by people in a hurry. Our own list.
WORDS: dict[str, tuple[str, ...]] = {
    "st": ("sint", "straat"),
    "str": ("straat",),
    "ln": ("laan",),
    "wg": ("weg",),
    "pln": ("plein",),
    "sngl": ("singel",),
    "gr": ("gracht", "groot", "grote"),
    "kd": ("kade",),
    "dk": ("dijk",),
    "burg": ("burgemeester",),
    "bgm": ("burgemeester",),
    "dr": ("doctor", "dokter"),
    "ds": ("dominee",),
    "prof": ("professor",),
    "ir": ("ingenieur",),
    "mr": ("meester",),
    "gen": ("generaal",),
    "kon": ("koning", "koningin"),
    "kpt": ("kapitein",),
    "lt": ("luitenant",),
    "pr": ("prins", "prinses", "president"),
    "past": ("pastoor",),
    "wethr": ("wethouder",),
    "adm": ("admiraal",),
    "v": ("van", "von"),
    "vd": ("van", "vander"),
    "n": ("noord", "nieuwe"),
    "z": ("zuid",),
    "o": ("oost", "oude"),
    "w": ("west",),
    "oz": ("oostzijde", "oudezijds"),
    "wz": ("westzijde",),
    "nz": ("noordzijde", "nieuwezijds"),
    "zz": ("zuidzijde",),
    "ind": ("industrieterrein", "industrie"),
    "kp": ("knooppunt",),
    "zkh": ("ziekenhuis",),
    "stn": ("station",),
}
# Endings that stand for the last part of a street's name: `kerkln`, `dorpsstr`.
ENDINGS: tuple[tuple[str, str], ...] = (
    ("str", "straat"),
    ("sngl", "singel"),
    ("pln", "plein"),
    ("ln", "laan"),
    ("wg", "weg"),
    ("dk", "dijk"),
    ("kd", "kade"),
    ("grt", "gracht"),
)
# Names that one place has beside its official one. Facts of language, written down by us.
OTHER_NAMES: dict[str, tuple[str, ...]] = {
    "s gravenhage": ("den haag", "the hague"),
    "den haag": ("s gravenhage", "the hague"),
    "s hertogenbosch": ("den bosch",),
    "leeuwarden": ("ljouwert",),
    "sneek": ("snits",),
    "bolsward": ("boalsert",),
    "franeker": ("frjentsjer",),
    "harlingen": ("harns",),
    "grouw": ("grou",),
    "grou": ("grouw",),
    "bergum": ("burgum",),
    "burgum": ("bergum",),
    "hoek van holland": ("hoek",),
    "capelle aan den ijssel": ("capelle",),
    "alphen aan den rijn": ("alphen",),
}
_SPLIT = re.compile(r"[^0-9a-z]+")
_SPECIAL = str.maketrans({"ĳ": "ij", "ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "þ": "th", "ð": "d", "ł": "l"})
_SAME = {"y": "i", "c": "k", "q": "k", "z": "s", "v": "f", "x": "ks"}


def plain(text: str) -> str:
    """Lower case, no accents, words apart: `'s-Hertogenbosch` is `s hertogenbosch`."""
    lowered = unicodedata.normalize("NFKD", text.casefold().translate(_SPECIAL))
    bare = "".join(c for c in lowered if not unicodedata.combining(c))
    return " ".join(part for part in _SPLIT.split(bare) if part)


def fold(word: str) -> str:
    """The filed form of one plain word. A digit stays as it is; of a run of the same letter one is left."""
    if word.isascii() and word.isdigit():
        return word
    out: list[str] = []
    before = ""
    for letter in word:
        if letter == "j" and before == "i":
            continue  # ij sounds and is typed like y and i
        if letter == "e" and before == "a":
            continue  # Maes and Maas, Aerdenhout and Aardenhout
        if letter == "h" and before in ("t", "g"):
            continue  # Theater, Gheert
        before = letter
        for same in _SAME.get(letter, letter):
            if not (out and out[-1] == same and same.isalpha()):
                out.append(same)
    return "".join(out)


def filed(name: str) -> list[str]:
    """The words under which a name is filed, with the forms that people also use for it."""
    clean = plain(name)
    words = [word for form in (clean, *OTHER_NAMES.get(clean, ())) for word in _words(form)]
    return list(dict.fromkeys(folded for word in words if (folded := fold(word))))


def _words(clean: str) -> Iterator[str]:
    parts = clean.split()
    for n, word in enumerate(parts):
        yield word
        if word.endswith("sch") and len(word) > 4:
            yield word[:-2]  # Bosch and Bos
        if "ph" in word:
            yield word.replace("ph", "f")
        if n + 1 < len(parts) and len(word) + len(parts[n + 1]) <= 14:
            yield word + parts[n + 1]  # typed in one piece: `denhaag`


def typed(word: str) -> list[str]:
    """The filed beginnings that a typed plain word may stand for, the literal one first."""
    forms = [word, *WORDS.get(word, ())]
    forms += [word[: -len(short)] + full for short, full in ENDINGS if word.endswith(short) and len(word) > len(short)]
    if "ph" in word:
        forms.append(word.replace("ph", "f"))
    return list(dict.fromkeys(folded for form in forms if (folded := fold(form))))


def distance(one: str, two: str, most: int) -> int:
    """Typing errors between two words (drop, add, change, swap of neighbours); `most` + 1 when there are more."""
    if abs(len(one) - len(two)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(two, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == two[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return min(last[-1], most + 1)


def begins_like(typed_word: str, word: str, most: int) -> int:
    """Typing errors between what was typed and the best beginning of a word; `most` + 1 when there are more."""
    lengths = range(max(1, len(typed_word) - most), min(len(word), len(typed_word) + most) + 1)
    return min((distance(typed_word, word[:n], most) for n in lengths), default=most + 1)


def abbreviates(short: str, word: str) -> bool:
    """Whether a word was shortened by leaving letters out (`rotdm`): same first letter, all others in order."""
    if len(short) < 3 or len(short) >= len(word) or short[0] != word[0]:
        return False
    letters = iter(word)
    return all(letter in letters for letter in short)
