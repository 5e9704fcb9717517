"""From facts to cases: one stretch of time each, measured in seconds, or the reason why it could not be measured.

| measure | from | to | one case is |
| --- | --- | --- | --- |
| answer_112, answer_region | the call arrives at the function | a person answers | a call at a function |
| processing | the region answered the first call | the first alert left the house | a discipline of an incident |
| turnout | the alert left the house | the unit was on its way | an order to a unit |
| arrival | the region answered the first call | the first unit was on the scene | a discipline of an incident |
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

import msgspec

from meldkamer.domain.basics import DISCIPLINES, region_of, split_ref
from meldkamer.domain.clock import Millis
from meldkamer.insight.facts import CallFacts, Facts, IncidentFacts, Leg, OrderFacts
from meldkamer.insight.owners import Owners

Measure = Literal["answer_112", "answer_region", "processing", "turnout", "arrival"]
MEASURES: tuple[Measure, ...] = ("answer_112", "answer_region", "processing", "turnout", "arrival")

Why = Literal[
    "",
    "abandoned",
    "open",
    "no_answered_call",
    "joined_later",
    "no_order",
    "recalled",
    "not_sent",
    "no_status",
    "clocks",
]
WHYS: tuple[Why, ...] = get_args(Why)
"""Why there is no time. abandoned: the caller hung up. open: still waiting at the record's end. joined_later: the
discipline was asked for after the opening. not_sent: no channel took the alert. no_status: the crew reported none.
clocks: the end lies before the beginning. "" when there is a time."""

URGENT = 1
"""The priority that the norms of handling, turn-out and arrival speak of."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch. at: its beginning. waited: seconds it lasted at least, for a caller whom nobody answered.

    room: who did the work: answered, or gave the order; without either, who owned the function then.
    region: whose function or incident it is. discipline: "" for the first answer of 112. priority: 0 when it has none.
    Of calls: served: a person answered; home: the room to which the function belongs; moved: another one owned it then.
    """

    measure: Measure
    at: Millis
    seconds: float | None
    why: Why
    room: str
    region: str
    municipality: str
    discipline: str
    priority: int = 0
    waited: float | None = None
    served: bool = False
    home: str = ""
    moved: bool = False


def cases(facts: Facts, owners: Owners, national: str, before: Millis | None = None) -> Iterator[Case]:
    """Every case in the facts that is not settled yet, test calls left out. national: the region of what is national.

    before: only of calls, incidents and orders that began before this moment; None: of all.
    """

    def wanted(one: CallFacts | IncidentFacts | OrderFacts) -> bool:
        return not one.settled and (before is None or one.began < before)

    for call in facts.calls.values():
        if not call.test and wanted(call):
            for leg in call.legs:
                yield _answer(leg, call.municipality, facts.until, owners)
    tests = _tests(facts)
    orders: dict[tuple[str, str], list[OrderFacts]] = {}
    for order in facts.orders.values():
        discipline = facts.disciplines.get(order.unit, "")
        orders.setdefault((order.incident, discipline), []).append(order)
        if order.incident not in tests and wanted(order):
            yield _turnout(order, facts, discipline)
    answered = _answered(facts, national)
    for of in facts.incidents.values():
        if of.ref in tests or not wanted(of):
            continue
        for discipline, track in of.tracks.items():
            sent = orders.get((of.ref, discipline), [])
            start = answered.get(of.ref)
            region = split_ref(of.ref)[0]
            first = min(sent, key=lambda o: o.given, default=None)
            at = of.opened if start is None else start
            room = first.room if first else owners.at(f"{region}.{discipline}.dispatch", at)
            ends: tuple[tuple[Measure, Millis | None, Why], ...] = (
                ("processing", _first([o.alerted for o in sent]), "not_sent"),
                ("arrival", _first([o.on_scene for o in sent]), "no_status"),
            )
            for measure, end, missing in ends:
                why: Why = ""
                if start is None:
                    why = "no_answered_call"
                elif not track.first:
                    why = "joined_later"
                elif not sent:
                    why = "no_order"
                elif end is None:
                    why = "recalled" if all(o.recalled for o in sent) else missing
                seconds, why = _between(start, end, why)
                yield Case(
                    measure=measure,
                    at=at,
                    seconds=seconds,
                    why=why,
                    room=room,
                    region=region,
                    municipality=of.municipality,
                    discipline=discipline,
                    priority=first.priority if first else track.priority,
                )


def _answer(leg: Leg, municipality: str, until: Millis, owners: Owners) -> Case:
    what = leg.function.split(".")[1:]
    seconds, why = _between(leg.since, leg.answered, "abandoned" if leg.abandoned is not None else "open")
    waited = None
    if leg.answered is None:
        waited = max(0, (until if leg.abandoned is None else leg.abandoned) - leg.since) / 1000
    return Case(
        measure="answer_112" if what == ["112"] else "answer_region",
        at=leg.since,
        seconds=seconds,
        why=why,
        room=leg.room or owners.at(leg.function, leg.since),
        region=region_of(leg.function),
        municipality=municipality,
        discipline=what[0] if what[0] in DISCIPLINES else "",
        waited=waited,
        served=leg.answered is not None,
        home=owners.home.get(leg.function, ""),
        moved=leg.answered is not None and owners.at(leg.function, leg.answered) != owners.home.get(leg.function, ""),
    )


def _turnout(order: OrderFacts, facts: Facts, discipline: str) -> Case:
    of = facts.incidents.get(order.incident)
    why: Why = "recalled" if order.recalled else "not_sent" if order.alerted is None else "no_status"
    seconds, why = _between(order.alerted, order.en_route, why)
    return Case(
        measure="turnout",
        at=order.given if order.alerted is None else order.alerted,
        seconds=seconds,
        why=why,
        room=order.room,
        region=order.incident.partition("/")[0],
        municipality=of.municipality if of is not None else "",
        discipline=discipline,
        priority=order.priority,
    )


def _between(start: Millis | None, end: Millis | None, why: Why) -> tuple[float | None, Why]:
    """Seconds, or why not. A reason that holds although both ends are known wins: it says that they do not belong."""
    if start is None or end is None or why in ("joined_later", "no_answered_call"):
        return None, why
    return ((end - start) / 1000, "") if end >= start else (None, "clocks")


def _answered(facts: Facts, national: str) -> dict[str, Millis]:
    """Incident -> when its region answered the first call about it; a national first answer comes before that."""
    found: dict[str, Millis] = {}
    for incident, calls in _calls(facts).items():
        moments = [
            leg.answered
            for ref in calls
            for leg in (facts.calls[ref].legs if ref in facts.calls else ())
            if leg.answered is not None and region_of(leg.function) != national
        ]
        if moments:
            found[incident] = min(moments)
    return found


def _calls(facts: Facts) -> dict[str, set[str]]:
    """Incident -> its calls. Both sides say so, and either may be missing while a region is out of reach."""
    found = {of.ref: set(of.calls) for of in facts.incidents.values()}
    for call in facts.calls.values():
        for incident in call.incidents:
            found.setdefault(incident, set()).add(call.ref)
    return found


def _tests(facts: Facts) -> set[str]:
    """Incidents that only test calls are about."""
    return {
        incident
        for incident, calls in _calls(facts).items()
        if calls and all(ref in facts.calls and facts.calls[ref].test for ref in calls)
    }


def _first(moments: list[Millis | None]) -> Millis | None:
    return min((m for m in moments if m is not None), default=None)
