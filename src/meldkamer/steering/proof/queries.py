"""Queries: what the record and the plan's own registers show of a measure. Each gives a share, a value and an age.

A query says nothing about the rest of its measure: it is evidence, and the degree stays the owner's judgement. What
could not be looked at gives no share at all, which reads "not checked".
"""

from __future__ import annotations

import datetime
from collections.abc import Callable

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.domain.registry import EVENT_TYPES
from meldkamer.pack import Pack
from meldkamer.steering.board import risk_board
from meldkamer.steering.continuity.records import Impact, Notifiable, Service
from meldkamer.steering.continuity.structs import Continuity
from meldkamer.steering.facts import RecordFacts
from meldkamer.steering.measured import DAY, date_of
from meldkamer.steering.parties import Supplier
from meldkamer.steering.plan import Plan
from meldkamer.steering.proof.records import Advice
from meldkamer.steering.provisions import System
from meldkamer.steering.record import Owned

YEAR = 365
MONTH = 31


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a query shows. share: 0 to 1, None for not checked. value, value_nl: in words, in English and in Dutch.

    at: of the newest fact that it rests on.
    """

    share: float | None
    value: str
    value_nl: str
    at: Millis | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a query may look at."""

    plan: Plan
    pack: Pack
    facts: RecordFacts
    continuity: Continuity
    now: Millis


Query = Callable[[Asked], Seen]


def _of(good: int, whole: int, words: tuple[str, str], at: Millis | None) -> Seen:
    english, dutch = words
    if not whole:
        value, value_nl = f"nothing to count yet ({english})", f"nog niets te tellen ({dutch})"
        return Seen(share=None, value=value, value_nl=value_nl)
    value, value_nl = f"{good} of {whole} {english}", f"{good} van {whole} {dutch}"
    return Seen(share=good / whole, value=value, value_nl=value_nl, at=at)


def _and(found: Seen, english: str, dutch: str) -> Seen:
    return msgspec.structs.replace(found, value=f"{found.value}; {english}", value_nl=f"{found.value_nl}; {dutch}")


def _newest(asked: Asked) -> Millis | None:
    return asked.facts.until if asked.facts.since is not None else None


def owners(asked: Asked) -> Seen:
    """Records with an accountable role; `check` refuses others, so this is always all."""
    records = [p.record for p in asked.plan.placed if isinstance(p.record, Owned)]
    return _of(
        sum(bool(r.accountable) for r in records),
        len(records),
        ("records have one accountable role", "records hebben één verantwoordelijke rol"),
        asked.now,
    )


def analysed(asked: Asked) -> Seen:
    """Critical systems that name the analysis behind their level."""
    critical = [s for s in asked.plan.of(System) if s.critical]
    return _of(
        sum(bool(s.analysis) for s in critical),
        len(critical),
        ("critical systems name their analysis", "kritieke systemen noemen hun analyse"),
        asked.now,
    )


def inventory(asked: Asked) -> Seen:
    """Rooms, functions and services that the record names and a register knows."""
    known = {s.id for s in asked.plan.of(Service)} | set(asked.pack.room) | {f.code for f in asked.pack.functions}
    facts = asked.facts
    seen = {r.service for r in facts.reports} | {o.function for o in facts.owned} | {o.owner for o in facts.owned}
    return _of(
        len(seen & known),
        len(seen),
        (
            "rooms, functions and services seen are registered",
            "waargenomen kamers, functies en diensten zijn geregistreerd",
        ),
        _newest(asked),
    )


def accounts(asked: Asked) -> Seen:
    """Acts that name who did them."""
    log = asked.facts.log
    good = log.entries - log.without_actor
    found = _of(good, log.entries, ("acts name who did them", "handelingen noemen wie ze deed"), _newest(asked))
    people = len(asked.facts.people)
    return _and(found, f"{people} people signed in", f"{people} mensen aangemeld")


def suppliers(asked: Asked) -> Seen:
    """Suppliers in the register with their agreement."""
    rows = asked.plan.of(Supplier)
    return _of(
        sum(s.agreement != "unknown" for s in rows),
        len(rows),
        ("suppliers have a known agreement", "leveranciers hebben een bekende overeenkomst"),
        asked.now,
    )


def follow_up(asked: Asked) -> Seen:
    """Open notifiable incidents that are younger than a month, of all that are open."""
    still = [n for n in asked.plan.of(Notifiable) if not n.closed]
    young = sum(_days(asked, n.known) <= MONTH for n in still)
    return _of(
        young,
        len(still),
        ("open incidents are younger than a month", "open incidenten zijn jonger dan een maand"),
        asked.now,
    )


def clocks(asked: Asked) -> Seen:
    """Legal clocks that were met or still run."""
    rows = asked.continuity.clocks
    good = sum(row.state in ("done", "running") for row in rows)
    return _of(
        good,
        len(rows),
        ("legal clocks were met or still run", "wettelijke klokken zijn gehaald of lopen nog"),
        asked.now,
    )


def handled(asked: Asked) -> Seen:
    """Notifiable incidents that are closed."""
    rows = asked.plan.of(Notifiable)
    return _of(
        sum(bool(n.closed) for n in rows), len(rows), ("incidents are closed", "incidenten zijn gesloten"), asked.now
    )


def causes(asked: Asked) -> Seen:
    """Closed incidents and reported outages of which the cause is written down."""
    said = [bool(n.cause) for n in asked.plan.of(Notifiable) if n.closed]
    down = [r for r in asked.facts.reports if r.state == "down"]
    said += [bool(r.reason) for r in down]
    at = max((r.at for r in down), default=asked.now)
    return _of(
        sum(said), len(said), ("incidents and outages name a cause", "incidenten en uitvallen noemen een oorzaak"), at
    )


def plans_tested(asked: Asked) -> Seen:
    """Continuity plans whose test is not overdue and that were tested at all."""
    rows = asked.continuity.plans
    good = sum(row.tests > 0 and not row.overdue for row in rows)
    last = max((row.last for row in rows if row.last is not None), default=None)
    return _of(
        good, len(rows), ("continuity plans were tested in time", "continuïteitsplannen zijn op tijd getest"), last
    )


def exercised(asked: Asked) -> Seen:
    """Rooms that took part in an exercise in the last year."""
    rooms = [r for r in asked.continuity.rooms if r.availability is not None]
    good = sum(r.tested.age_days is not None and r.tested.age_days <= YEAR for r in rooms)
    last = max((r.tested.last for r in rooms if r.tested.last is not None), default=None)
    return _of(
        good, len(rooms), ("rooms were exercised in the last year", "kamers zijn het afgelopen jaar beoefend"), last
    )


def critical_list(asked: Asked) -> Seen:
    """Rows of the impact analysis that were reviewed in the last three years."""
    rows = asked.plan.of(Impact)
    days = [r.reviewed for r in rows if isinstance(r.reviewed, datetime.date)]
    good = sum((date_of(asked.now) - day).days <= 3 * YEAR for day in days)
    at = _millis(max(days)) if days else None
    return _of(good, len(rows), ("impacts were reviewed in three years", "gevolgen zijn in drie jaar herzien"), at)


def recovery(asked: Asked) -> Seen:
    """Impacts with a target of which the newest measured recovery is within it."""
    rows = [r for r in asked.continuity.impacts if r.recover_seconds != "unknown"]
    measured = [r for r in rows if r.measured_at is not None]
    last = max((r.measured_at for r in measured if r.measured_at is not None), default=None)
    never = len(rows) - len(measured)
    words = (
        f"measured recovery targets were met; {never} were never measured",
        f"gemeten hersteldoelen zijn gehaald; {never} zijn nooit gemeten",
    )
    return _of(sum(r.verdict == "within" for r in measured), len(measured), words, last)


def restore(asked: Asked) -> Seen:
    """Restore tests of the last year that were good."""
    tests = [e for e in asked.facts.exercises if e.kind == "restore"]
    young = [e for e in tests if asked.now - e.at <= YEAR * DAY]
    last = max((e.at for e in tests), default=None)
    if not tests:
        return Seen(
            share=None, value="no restore test was ever noted", value_nl="er is nooit een hersteltest genoteerd"
        )
    return Seen(
        share=float(any(e.good for e in young)),
        value=f"{len(young)} restore tests in a year",
        value_nl=f"{len(young)} hersteltests in een jaar",
        at=last,
    )


def log_lines(asked: Asked) -> Seen:
    """Entries that say who, what, on what, when and from where. The engine refuses the rest; who is ours to count."""
    log = asked.facts.log
    return _of(
        log.entries - log.without_actor,
        log.entries,
        ("log lines are complete", "logregels zijn volledig"),
        _newest(asked),
    )


def log_kinds(asked: Asked) -> Seen:
    """Kinds of events in the record that this program knows."""
    kinds = set(asked.facts.log.by_type)
    return _of(
        len(kinds & set(EVENT_TYPES)),
        len(kinds),
        ("kinds of log lines are described", "soorten logregels zijn beschreven"),
        _newest(asked),
    )


def undamaged(asked: Asked) -> Seen:
    """Whether reading found a damaged place."""
    if asked.facts.since is None:
        return Seen(share=None, value="the record is empty", value_nl="het register is leeg")
    gaps = len(asked.facts.gaps)
    return Seen(
        share=float(not gaps),
        value=f"{gaps} damaged places were found",
        value_nl=f"{gaps} beschadigde plekken gevonden",
        at=asked.facts.until,
    )


def signed(asked: Asked) -> Seen:
    """Batches that carry their room's signature."""
    log = asked.facts.log
    return _of(log.signed, log.batches, ("batches are signed", "bundels zijn ondertekend"), _newest(asked))


def sealed(asked: Asked) -> Seen:
    """Events with personal fields, all sealed: a field that is meant to be sealed cannot be stored open."""
    count = asked.facts.log.sealed
    if asked.facts.since is None:
        return Seen(share=None, value="the record is empty", value_nl="het register is leeg")
    return Seen(
        share=1.0,
        value=f"{count} entries hold sealed fields, each under its own key",
        value_nl=f"{count} vermeldingen hebben verzegelde velden, elk onder een eigen sleutel",
        at=asked.facts.until,
    )


def production(asked: Asked) -> Seen:
    """Calls that are not tests."""
    facts = asked.facts
    found = _of(
        facts.calls - facts.test_calls, facts.calls, ("calls are no tests", "oproepen zijn geen test"), _newest(asked)
    )
    people = len(facts.simulated)
    return _and(found, f"{people} simulated people", f"{people} gesimuleerde mensen")


def changes(asked: Asked) -> Seen:
    """Maintenance that was announced before, with risk, way back and approval."""
    rows = asked.facts.windows
    good = sum(bool(w.risk and w.way_back and w.approved_by) and w.at <= w.since for w in rows)
    return _of(
        good,
        len(rows),
        ("changes have risk, way back and approval", "wijzigingen hebben risico, terugweg en akkoord"),
        max((w.at for w in rows), default=None),
    )


def adopted(asked: Asked) -> Seen:
    """Whether a body adopted a version of the plan in the last year."""
    last = asked.facts.log.newest.get("plan.adopted")
    if last is None:
        return Seen(
            share=None, value="no adoption stands in the record", value_nl="er staat geen vaststelling in het register"
        )
    days = (asked.now - last) // DAY
    return Seen(
        share=float(days <= YEAR),
        value=f"adopted {days} days ago",
        value_nl=f"{days} dagen geleden vastgesteld",
        at=last,
    )


def risks_judged(asked: Asked) -> Seen:
    """Judgements of risks that are there and fresh."""
    cells = [c for row in risk_board(asked.plan, date_of(asked.now)).rows for c in row.cells]
    good = [c for c in cells if c.state != "not yet judged" and not c.stale]
    last = max((c.date for c in good if c.date is not None), default=None)
    return _of(
        len(good),
        len(cells),
        ("judgements of risks are fresh", "oordelen over risico's zijn vers"),
        None if last is None else _millis(last),
    )


def advice(asked: Asked) -> Seen:
    """Advice that was answered."""
    rows = asked.plan.of(Advice)
    return _of(
        sum(a.answer != "not yet answered" for a in rows),
        len(rows),
        ("advices were answered", "adviezen zijn beantwoord"),
        asked.now,
    )


def retention(asked: Asked) -> Seen:
    """What had to be gone by its term and is gone, as the newest look of a room found it."""
    newest = max(asked.facts.kept, key=lambda kept: kept.at, default=None)
    if newest is None:
        return Seen(
            share=None, value="no confirmed term is enforced", value_nl="geen bevestigde termijn wordt gehandhaafd"
        )
    whole = newest.due + newest.waiting
    share = newest.gone / whole if whole else 1.0
    words = f"{newest.gone} of {whole} keys over their term are gone, {newest.waiting} wait to be archived"
    dutch = f"{newest.gone} van {whole} sleutels over hun termijn zijn weg, {newest.waiting} wachten op archivering"
    return Seen(share=share, value=words, value_nl=dutch, at=newest.at)


def kept_incidents(asked: Asked) -> Seen:
    """Whether anything about an incident was destroyed within three years."""
    at = _newest(asked)
    if at is None or not asked.plan.of(Notifiable):
        return Seen(share=None, value="no incident was registered", value_nl="er is geen incident geregistreerd")
    known = min(_millis(n.known.date()) for n in asked.plan.of(Notifiable))
    whole = asked.facts.since is not None and asked.facts.since <= max(known, asked.now - 3 * YEAR * DAY)
    return Seen(
        share=float(whole),
        value="the record reaches back to the oldest incident or three years",
        value_nl="het register reikt tot het oudste incident of drie jaar terug",
        at=at,
    )


QUERIES: dict[str, Query] = {
    query.__name__: query
    for query in (
        *(owners, analysed, inventory, accounts, suppliers, follow_up, clocks, handled, causes, plans_tested),
        *(exercised, critical_list, recovery, restore, log_lines, log_kinds, undamaged, signed, sealed, production),
        *(changes, adopted, risks_judged, advice, retention, kept_incidents),
    )
}


def _days(asked: Asked, moment: datetime.datetime) -> int:
    return (datetime.datetime.fromtimestamp(asked.now / 1000, datetime.UTC) - moment).days


def _millis(day: datetime.date) -> Millis:
    return round(datetime.datetime.combine(day, datetime.time(), datetime.UTC).timestamp() * 1000)
