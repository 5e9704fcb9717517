"""What simulated people say and operators note down, in Dutch. All names are invented."""

from __future__ import annotations

import random

_FIRST = ("Anna", "Bram", "Carla", "Dirk", "Els", "Fatima", "Gerrit", "Hanna", "Ilse", "Joris", "Karim", "Lotte",
          "Mehmet", "Nora", "Otto", "Petra", "Ravi", "Sanne", "Thijs", "Yara")  # fmt: skip
_LAST = ("de Vries", "Bakker", "Yilmaz", "van den Berg", "Jansen", "Visser", "Haddad", "Mulder", "Bos", "Dekker",
         "Singh", "Hoekstra", "Peeters", "Kuipers", "van Dam")  # fmt: skip
_REAL = (
    "Er is hier iets aan de hand in {place}: {what}. Kom snel!",
    "Ik sta in {place} en zie het gebeuren: {what}.",
    "{what}, hier in {place}. Er zijn mensen bij.",
    "Mijn buurman roept om hulp. Het gaat om {what}. {place}.",
)
_OTHER = {
    "not_urgent": ("Ik wil iets vragen over {what}, het heeft geen haast.", "Wie moet ik bellen voor {what}?"),
    "pocket": ("(geritsel, niemand spreekt)", "(stemmen op de achtergrond)"),
    "silent": ("(stilte)", "(alleen ademhaling)"),
    "misuse": ("(gelach, opgehangen)", "(scheldt)"),
    "wrong_number": ("Oh, verkeerd nummer.",),
}
_NOTES = ("Melder blijft aan de lijn.", "Melder ter plaatse.", "Geen gewonden bekend.", "Toegang via achterzijde.",
          "Melder klinkt overstuur.", "Meerdere omstanders aanwezig.", "Hond aanwezig in de woning.")  # fmt: skip


def name(rng: random.Random) -> str:
    """Somebody's name."""
    return f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"


def said(kind: str, what: str, place: str, rng: random.Random) -> str:
    """The first words of a call."""
    return rng.choice(_OTHER.get(kind, _REAL)).format(what=_plain(what), place=place)


def first_note(what: str, place: str) -> str:
    """The line with which an operator opens an incident."""
    return f"Melder meldt {_plain(what)} te {place}."


def further_note(rng: random.Random) -> str:
    """A later line of the log."""
    return rng.choice(_NOTES)


def _plain(what: str) -> str:
    """`Brand / Gebouw / 02 Woning` as people say it."""
    parts = [p.lstrip("0123456789 ") for p in what.split(" / ")]
    return " ".join(parts).lower() or "iets"
