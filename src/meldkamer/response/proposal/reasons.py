"""Why a unit goes, and why another that is nearer does not: codes that the word lists put into sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from meldkamer.response.proposal.answer import Going, Reason
from meldkamer.response.proposal.contender import OLD_SECONDS, Contender, Weights
from meldkamer.response.runcards.need import Accept, Slot

MOST_NAMED = 3


class Choice(msgspec.Struct, frozen=True):
    """What was decided: able[slot][unit] says how a unit could fill a slot; taken: slot by number of the unit."""

    slots: Sequence[Slot]
    units: Sequence[Contender]
    able: Sequence[Sequence[Accept | None]]
    taken: Mapping[int, int]
    weights: Weights


def going(of: Contender, reasons: tuple[Reason, ...]) -> Going:
    """The unit as it is shown."""
    return Going(
        unit=of.unit,
        call_sign=of.call_sign,
        discipline=of.discipline,
        kind=of.kind,
        crew=of.crew,
        status=of.status,
        free=of.free,
        seconds=of.seconds,
        metres=of.metres,
        source=of.source,
        x=round(of.x, 1),
        y=round(of.y, 1),
        position_age=of.position_age,
        function=of.function,
        owner=of.owner,
        consent=of.consent,
        diverts=of.divert_from if not of.free else "",
        correction=of.correction,
        reasons=reasons,
    )


def doubts(of: Contender) -> list[Reason]:
    """What the operator must know of this unit, chosen or not."""
    found = []
    if of.consent == "nobody":
        found.append(Reason("nobody_owns", of.function))
    elif of.consent == "ask":
        found.append(Reason("must_be_asked", of.owner))
    elif of.consent == "agreed":
        found.append(Reason("agreed", of.owner))
    if not of.free:
        found.append(Reason("diverts", of.divert_from) if of.divert_from else Reason("busy", of.incident or of.meaning))
    if of.position_age is not None and of.position_age > OLD_SECONDS and not of.at_base:
        found.append(Reason("old_position", seconds=of.position_age))
    if of.position_age is None and not of.at_base:
        found.append(Reason("from_base"))
    if of.jumped:
        found.append(Reason("jumped"))
    if of.rest:
        why = ("rests", of.rest_left) if of.rest_left else ("long_on_duty", of.on_duty)
        found.append(Reason(why[0], seconds=why[1]))
    return found


def reasons_for(choice: Choice, s: int, n: int) -> tuple[Reason, ...]:
    """Why this unit fills this slot: whom it was preferred to, when somebody is nearer, and what is in doubt."""
    unit, how = choice.units[n], choice.able[s][n]
    found: list[Reason] = []
    for m, other in enumerate(choice.units):
        if m == n or choice.able[s][m] is None or len(found) == MOST_NAMED:
            continue
        sooner, closer = other.eta < unit.eta, other.metres < unit.metres
        if not sooner and not closer:
            continue
        if m in choice.taken:
            if choice.taken[m] != s and choice.slots[choice.taken[m]].role != choice.slots[s].role:
                found.append(Reason("nearer_used", other.call_sign))
        elif sooner:
            why = _why_not(other, choice.weights)
            found.append(Reason(f"nearer_{why}", other.call_sign, unit.seconds - other.seconds))
        elif other.may_go:
            found.append(Reason("nearer_slower", other.call_sign, other.seconds - unit.seconds))
    if not found:
        found.append(Reason("fastest"))
    if how is not None and how != choice.slots[s].accepts[0]:
        found.append(Reason("instead", choice.slots[s].accepts[0].name))
    return (*found, *doubts(unit))


def reasons_against(choice: Choice, s: int, n: int) -> tuple[Reason, ...]:
    """Why this unit does not fill this slot."""
    unit = choice.units[n]
    found = doubts(unit)
    if unit.cover:
        found.append(Reason("covers", seconds=unit.cover))
    rivals = [m for m, slot in choice.taken.items() if choice.slots[slot].role == choice.slots[s].role]
    if rivals and unit.may_go:
        last = max(choice.units[m].seconds for m in rivals)
        if unit.seconds > last:
            found.append(Reason("slower", seconds=unit.seconds - last))
        elif unit.seconds == last:
            found.append(Reason("as_fast"))
        elif not found:
            found.append(Reason("not_needed"))
    return tuple(found)


def _why_not(of: Contender, weights: Weights) -> str:
    """What weighs most against one that would be there sooner."""
    if of.consent == "nobody":
        return "nobody_owns"
    if not of.free:
        return "diverts" if of.divert_from else "busy"
    against = [
        (weights.ask if of.consent == "ask" else 0, "asked"),
        (of.rest, "rests"),
        (of.cover, "covers"),
        (weights.doubt(of), "doubted"),
    ]
    seconds, why = max(against, key=lambda one: one[0])
    if seconds:
        return why
    return "doubted" if of.position_age is None or of.position_age > OLD_SECONDS else "kept"
