"""The words of the plan's report, Dutch and English."""

from __future__ import annotations

from typing import Literal

Language = Literal["nl", "en"]

_WORDS: dict[str, tuple[str, str]] = {
    "measured": ("gemeten", "measured"),
    "judged": ("gewogen", "judged"),
    "adopted": ("vastgesteld", "adopted"),
    "what_if": ("doorgerekend", "worked out"),
    "not_checked": ("niet gecontroleerd", "not checked"),
    "unknown": ("onbekend", "unknown"),
    "not_yet": ("nog niet", "not yet"),
    "made": ("Gemaakt op {date}, versie {version}", "Made on {date}, version {version}"),
    "kinds": (
        "Elk deel zegt van welke soort het is. Wat gemeten is komt uit het register en typt niemand in; wat gewogen is "
        "zegt een eigenaar; wat vastgesteld is besloot een gremium; wat doorgerekend is volgt uit aannames.",
        "Each part says of which kind it is. What is measured comes from the record and is typed in by nobody; what "
        "is judged an owner says; what is adopted a body decided; what is worked out follows from assumptions.",
    ),
    "binds": ("Wat bindt", "What binds"),
    "decision": ("Besluit {decision} van {date}", "Decision {decision} of {date}"),
    "no_adoption": ("In deze map is nog niets vastgesteld.", "Nothing was adopted in this folder yet."),
    "changes": ("Gewijzigd sinds {tag}", "Changed since {tag}"),
    "what": ("Wat", "What"),
    "reason": ("Reden", "Reason"),
    "no_reason": ("geen reden gegeven", "no reason given"),
    "none": ("geen", "none"),
    "added": ("nieuw", "new"),
    "removed": ("weg", "gone"),
    "changed": ("anders", "changed"),
    "budget": ("Begroting", "Budget"),
    "account": ("Rekening-courant", "Current account"),
    "unit": ("duizenden euro", "thousands of euro"),
    "row": ("Regel", "Row"),
    "differ": (
        "{differ} van {all} verbanden tussen de cellen wijken af, elk binnen wat afronden verklaart",
        "{differ} of {all} relations between the cells differ, each within what rounding explains",
    ),
    "relation": ("Verband", "Relation"),
    "year": ("Jaar", "Year"),
    "printed": ("Staat er", "Printed"),
    "derived": ("Volgt eruit", "Follows"),
    "scenarios": ("Wat als", "What if"),
    "still_unknown": ("Nog onbekend", "Still unknown"),
    "lines": ("Lijnen", "Lines"),
    "line": ("Lijn", "Line"),
    "work": ("Werk", "Work"),
    "continuity": ("Continuïteit", "Continuity"),
    "renewal": ("Vernieuwing", "Renewal"),
    "asked": ("Gevraagd", "Asked for"),
    "capacity": ("Fte-jaren bekend", "Fte years known"),
    "no_capacity": ("Capaciteit onbekend", "Capacity unknown"),
    "demands": ("Vragen van de kamers", "Demands of the rooms"),
    "room": ("Kamer", "Room"),
    "recorded": ("Vastgelegd", "Recorded"),
    "taken_up": ("Opgepakt", "Taken up"),
    "met": ("Voldaan", "Met"),
    "by_work": ("door {count} keer werk", "by {count} pieces of work"),
    "by_nobody": ("door niemand", "by nobody"),
    "risks": ("Risico’s", "Risks"),
    "risk": ("Risico", "Risk"),
    "network": ("Netwerk", "Network"),
    "counted": ("Geteld", "Counted"),
    "times": ("{count} keer in {days} d", "{count} times in {days} d"),
    "does_not_hold": ("geldt niet", "does not hold"),
    "old": ("oud", "old"),
    "to_do": ("{count} oordelen zijn nog te geven of te oud", "{count} judgements are still to give or too old"),
    "recovery": ("Hersteltijd per functie", "Recovery per function"),
    "function": ("Functie", "Function"),
    "target": ("Doel", "Target"),
    "last": ("Laatste keer", "Last time"),
    "taken_over": ("Overgenomen", "Taken over"),
    "available": ("Beschikbaar", "Available"),
    "no_takeover": ("Er is in deze tijd geen functie overgenomen.", "No function was taken over in this time."),
    "plans": ("Continuïteitsplannen", "Continuity plans"),
    "tested": ("Laatste test", "Last test"),
    "due": ("Test voor", "Test due by"),
    "never": ("nooit", "never"),
    "proof": ("Bewijs", "Proof"),
    "framework": ("Kader", "Framework"),
    "measures": ("Maatregelen", "Measures"),
    "with_query": ("Met vraag", "With a query"),
    "shows": ("Laat iets zien", "Shows something"),
    "degree": ("Graad", "Degree"),
    "tables": ("Deze tabellen als bestand", "These tables as files"),
}


def words(language: Language) -> dict[str, str]:
    """Every word and sentence of the report in this language, by its key."""
    return {key: pair[language == "en"] for key, pair in _WORDS.items()}
