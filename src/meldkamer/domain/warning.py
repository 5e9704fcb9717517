"""Address warnings (adreswaarschuwingen): what is known of a place for months, for whoever is sent there.

Nobody puts one up alone: somebody asks, and it counts from when somebody else confirmed it. A request that nobody
decides on lapses by itself. Letting it hold longer goes the same way and never beyond the longest term of its nature,
reckoned from then. One person takes it away, with a reason: what is wrong about somebody must be able to go at once,
and the record keeps that it stood, and who took it away why.

All that is said of one across a cut unites whichever side is folded first: a refusal stands above a confirmation, for
what stands rests on two people who agree and on nobody who does not; the latest end that was confirmed counts; what
is withdrawn stays withdrawn. Whoever asked never counts as the second person, also when that was stored elsewhere.

Nature, words, who says so and the legal basis are sealed: the picture holds the place, whom it is for, its end and
how it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

import msgspec

from meldkamer.domain.basics import (
    DISCIPLINES,
    Command,
    Context,
    Event,
    Id,
    Location,
    Mask,
    Ref,
    Refused,
    Region,
    SealedByField,
    Short,
    working_in,
)
from meldkamer.domain.clock import Millis
from meldkamer.domain.incident_rules import compartment_for

DAY: Millis = 24 * 60 * 60 * 1000
MONTH: Millis = 31 * DAY
"""A month of a term, milliseconds: the longest, so that a term in whole months of the calendar always fits."""
DECIDE_WITHIN: Millis = 7 * DAY
"""A request that nobody decided on for so long lapses, milliseconds."""
WIDEST_METRES = 1_000.0
"""So far around its point one may hold: a works, not a quarter."""
Compartment = Literal["caller", "medical", "police"]
Standing = Literal["asked", "stands", "refused", "lapsed", "withdrawn", "ended"]
Until = Annotated[Millis, msgspec.Meta(ge=0, le=4_102_444_800_000)]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Source = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Why = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$(?!\n)")]
Which = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[0-9A-Za-z_-]*$(?!\n)")]
"""A prolongation by its name; empty: the warning itself."""
Months = Annotated[int, msgspec.Meta(ge=0, le=120)]


class Nature(msgspec.Struct, frozen=True, kw_only=True):
    """What the country says of a nature. months: the longest term; widest: the most for whom; bases: those allowed."""

    months: int
    widest: str
    bases: tuple[str, ...]


Natures = Callable[[str], Nature | None]
"""Code of a nature -> what the country says of it; None when it has none such."""


def no_natures(nature: str) -> Nature | None:
    """A country without any."""
    return None


class WarningAsked(Event, frozen=True, kw_only=True, tag="warning.asked"):
    """Somebody asks a warning. until: milliseconds UTC. months: the longest term of its nature when it was asked, which
    binds what is asked later. source: who says so, an authority or a service. basis: code of the legal basis."""

    by: Short
    room: Short
    seat: Short = ""
    audience: Mask
    compartment: Compartment
    location: Location
    until: Millis
    months: int
    nature: SealedByField = None
    text: SealedByField = None
    source: SealedByField = None
    basis: SealedByField = None


class WarningProlongAsked(Event, frozen=True, kw_only=True, tag="warning.prolong_asked"):
    """Somebody asks that it holds longer."""

    by: Short
    room: Short
    audience: Mask
    compartment: Compartment
    prolongation: Short
    until: Millis
    reason: SealedByField = None


class WarningConfirmed(Event, frozen=True, kw_only=True, tag="warning.confirmed"):
    """Somebody else agrees: to the warning, or to a prolongation."""

    by: Short
    room: Short
    audience: Mask
    prolongation: Short = ""


class WarningRefused(Event, frozen=True, kw_only=True, tag="warning.refused"):
    """Somebody else does not agree."""

    by: Short
    room: Short
    audience: Mask
    compartment: Compartment
    prolongation: Short = ""
    reason: SealedByField = None


class WarningWithdrawn(Event, frozen=True, kw_only=True, tag="warning.withdrawn"):
    """It holds no more, for good."""

    by: Short
    room: Short
    audience: Mask
    compartment: Compartment
    reason: SealedByField = None


class Prolongation(msgspec.Struct, frozen=True, kw_only=True):
    """Who asked that it holds until when. reason: None where it is closed."""

    prolongation: str
    at: Millis
    by: str
    room: str
    until: Millis
    reason: str | None = None


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Who agreed, refused or withdrew, and when. reason: None where it is closed or none was given."""

    at: Millis
    by: str
    room: str
    prolongation: str = ""
    reason: str | None = None


class AddressWarning(msgspec.Struct, frozen=True, kw_only=True):
    """A warning with all that was said of it. until: the end as it was asked first. nature, text, source, basis: None
    where they are closed. confirmed, refused: of each person the first word on each request, in order of time."""

    ref: str
    at: Millis
    by: str
    room: str
    seat: str
    audience: str
    compartment: Compartment
    location: Location
    until: Millis
    months: int
    nature: str | None = None
    text: str | None = None
    source: str | None = None
    basis: str | None = None
    prolongations: tuple[Prolongation, ...] = ()
    confirmed: tuple[Said, ...] = ()
    refused: tuple[Said, ...] = ()
    withdrawn: Said | None = None

    def agreed(self, prolongation: str = "") -> Said | None:
        """The confirmation by which a request counts: of somebody else than who asked, while nobody refused."""
        return None if self.declined(prolongation) else self._second(self.confirmed, prolongation)

    def declined(self, prolongation: str = "") -> Said | None:
        """The refusal of a request, by somebody else than who asked."""
        return self._second(self.refused, prolongation)

    @property
    def ends(self) -> Millis:
        """The latest end that two people agreed on; while there is none, the one that was asked."""
        if self.agreed() is None:
            return self.until
        return max([self.until, *(p.until for p in self.prolongations if self.agreed(p.prolongation))])

    @property
    def over(self) -> Millis:
        """From when on it does not count and waits for nobody."""
        end = self.ends if self.agreed() else min(self.at + DECIDE_WITHIN, self.until)
        return min([end, *(said.at for said in (self.declined(), self.withdrawn) if said is not None)])

    def standing(self, now: Millis) -> Standing:
        """How it stands at this moment."""
        if self.withdrawn is not None:
            return "withdrawn"
        if self.declined() is not None:
            return "refused"
        if self.agreed() is not None:
            return "stands" if now < self.ends else "ended"
        return "asked" if now < self.over else "lapsed"

    def counts(self, now: Millis) -> bool:
        """Whether it counts at this moment."""
        return self.standing(now) == "stands"

    def longer(self, now: Millis) -> Prolongation | None:
        """The prolongation that waits for a second person, if there is one."""
        if not self.counts(now):
            return None
        return next((p for p in self.prolongations if self._waits(p, now)), None)

    def _waits(self, asked: Prolongation, now: Millis) -> bool:
        decided = self.agreed(asked.prolongation) or self.declined(asked.prolongation)
        return decided is None and now < asked.at + DECIDE_WITHIN and asked.until > self.ends

    def _second(self, said: tuple[Said, ...], prolongation: str) -> Said | None:
        asked = next((p.by for p in self.prolongations if p.prolongation == prolongation), None)
        who = asked if prolongation else self.by
        if who is None:
            return None
        return next((s for s in said if s.prolongation == prolongation and s.by != who), None)


class AskWarning(Command, frozen=True, kw_only=True, tag="ask_warning"):
    """Ask a warning. `warning` comes from the desk. region: where it is worked for, and kept. source: who says so.
    months: filled in by the room, from the country's data.

    Raises ValueError without a point or without disciplines, which for the API is input that is not valid.
    """

    region: Region
    warning: Id
    location: Location
    nature: Code
    audience: Mask
    until: Until
    text: Words
    source: Source
    basis: Code
    months: Months = 0

    def __post_init__(self) -> None:
        if not self.location.known:
            raise ValueError("a warning stands at a point")
        if (self.location.radius or 0) > WIDEST_METRES:
            raise ValueError(f"a warning holds {WIDEST_METRES:.0f} m around its point at most")
        if not self.audience:
            raise ValueError("for which disciplines")


class ProlongWarning(Command, frozen=True, kw_only=True, tag="prolong_warning"):
    """Ask that it holds longer, and say why. `prolongation` comes from the desk."""

    warning: Ref
    prolongation: Id
    until: Until
    reason: Why


class ConfirmWarning(Command, frozen=True, kw_only=True, tag="confirm_warning"):
    """Agree to what somebody else asked."""

    warning: Ref
    prolongation: Which = ""


class RefuseWarning(Command, frozen=True, kw_only=True, tag="refuse_warning"):
    """Refuse what somebody else asked, and say why."""

    warning: Ref
    prolongation: Which = ""
    reason: Why


class WithdrawWarning(Command, frozen=True, kw_only=True, tag="withdraw_warning"):
    """Let it hold no more, and say why. It does not come back: what counts again is asked again."""

    warning: Ref
    reason: Why


WarningCommand = AskWarning | ProlongWarning | ConfirmWarning | RefuseWarning | WithdrawWarning
WarningEvent = WarningAsked | WarningProlongAsked | WarningConfirmed | WarningRefused | WarningWithdrawn


def functions_needed(warning: AddressWarning | None, command: WarningCommand) -> tuple[tuple[str, ...], ...]:
    """The functions of which the writer's room must prove ownership: of every inner tuple at least one."""
    if isinstance(command, AskWarning):
        return (working_in(command.region, command.audience),)
    if warning is None:
        return ()
    return (working_in(warning.ref.partition("/")[0], warning.audience),)


def fitted(command: AskWarning, nature: Nature | None) -> AskWarning:
    """The request with the term of its nature. Raises Refused when the country does not know it so."""
    if nature is None:
        raise Refused("warning.no_nature", nature=command.nature)
    if command.basis not in nature.bases:
        raise Refused("warning.no_basis", basis=command.basis)
    if wider := set(command.audience) - set(nature.widest):
        raise Refused("warning.too_wide", audience="".join(d for d in DISCIPLINES if d in wider))
    return msgspec.structs.replace(command, months=nature.months)


def decide(warning: AddressWarning | None, command: WarningCommand, context: Context) -> list[Event]:
    """What follows from the command, or Refused with the reason."""
    if isinstance(command, AskWarning):
        return _ask(warning, command, context)
    if warning is None:
        raise Refused("warning.unknown")
    if not isinstance(command, ConfirmWarning) and not command.reason.strip():
        raise Refused("warning.say_why")
    if isinstance(command, WithdrawWarning):
        return _withdraw(warning, command, context)
    if isinstance(command, ProlongWarning):
        return _prolong(warning, command, context)
    return _answer(warning, command, context)


def evolve(warning: AddressWarning | None, event: Event, ref: str, occurred: Millis) -> AddressWarning:
    """The warning after the event. Raises ValueError for what is said of one that was never asked."""
    replace = msgspec.structs.replace
    if warning is None:
        if not isinstance(event, WarningAsked):
            raise ValueError(f"address warning {ref} begins with {type(event).__name__}")
        facts = {name: getattr(event, name) for name in event.__struct_fields__}
        return AddressWarning(ref=ref, at=occurred, **facts)
    match event:
        case WarningProlongAsked():
            asked = Prolongation(
                prolongation=event.prolongation,
                at=occurred,
                by=event.by,
                room=event.room,
                until=event.until,
                reason=event.reason,
            )
            return replace(warning, prolongations=_first_asked((*warning.prolongations, asked)))
        case WarningConfirmed():
            said = Said(at=occurred, by=event.by, room=event.room, prolongation=event.prolongation)
            return replace(warning, confirmed=_first_said((*warning.confirmed, said)))
        case WarningRefused():
            said = Said(at=occurred, by=event.by, room=event.room, prolongation=event.prolongation, reason=event.reason)
            return replace(warning, refused=_first_said((*warning.refused, said)))
        case WarningWithdrawn():
            said = Said(at=occurred, by=event.by, room=event.room, reason=event.reason)
            return replace(warning, withdrawn=min(warning.withdrawn or said, said, key=_order))
    return warning


def _ask(warning: AddressWarning | None, command: AskWarning, context: Context) -> list[Event]:
    if warning is not None:
        raise Refused("warning.exists")
    if not command.text.strip():
        raise Refused("warning.empty")
    if not command.source.strip():
        raise Refused("warning.say_who")
    _must_end(command.until, command.months, context)
    return [
        WarningAsked(
            by=context.actor,
            room=context.room,
            seat=context.seat,
            audience=command.audience,
            compartment=compartment_for(command.audience),
            location=command.location,
            until=command.until,
            months=command.months,
            nature=command.nature,
            text=command.text,
            source=command.source,
            basis=command.basis,
        )
    ]


def _prolong(warning: AddressWarning, command: ProlongWarning, context: Context) -> list[Event]:
    if any(p.prolongation == command.prolongation for p in warning.prolongations):
        return []
    _must_stand(warning, context)
    if command.until <= warning.ends:
        raise Refused("warning.not_longer")
    if warning.longer(context.now) is not None:
        raise Refused("warning.asked_already")
    _must_end(command.until, warning.months, context)
    return [
        WarningProlongAsked(
            by=context.actor,
            room=context.room,
            audience=warning.audience,
            compartment=warning.compartment,
            prolongation=command.prolongation,
            until=command.until,
            reason=command.reason,
        )
    ]


def _answer(warning: AddressWarning, command: ConfirmWarning | RefuseWarning, context: Context) -> list[Event]:
    which, agrees = command.prolongation, isinstance(command, ConfirmWarning)
    if (warning.agreed(which) if agrees else warning.declined(which)) is not None:
        return []
    if which:
        asked = next((p for p in warning.prolongations if p.prolongation == which), None)
        if asked is None:
            raise Refused("warning.no_prolongation")
        _must_stand(warning, context)
        if warning.agreed(which) or warning.declined(which):
            raise Refused("warning.decided")
        if warning.longer(context.now) != asked:
            raise Refused("warning.over")
        asker = asked.by
    else:
        if warning.counts(context.now):
            raise Refused("warning.decided")
        if warning.standing(context.now) != "asked":
            raise Refused("warning.over")
        asker = warning.by
    if asker == context.actor:
        raise Refused("warning.own")
    facts = {"by": context.actor, "room": context.room, "audience": warning.audience, "prolongation": which}
    if isinstance(command, RefuseWarning):
        return [WarningRefused(**facts, compartment=warning.compartment, reason=command.reason)]
    return [WarningConfirmed(**facts)]


def _withdraw(warning: AddressWarning, command: WithdrawWarning, context: Context) -> list[Event]:
    if warning.withdrawn is not None:
        return []
    if warning.standing(context.now) not in ("asked", "stands"):
        raise Refused("warning.over")
    return [
        WarningWithdrawn(
            by=context.actor,
            room=context.room,
            audience=warning.audience,
            compartment=warning.compartment,
            reason=command.reason,
        )
    ]


def _must_stand(warning: AddressWarning, context: Context) -> None:
    standing = warning.standing(context.now)
    if standing != "stands":
        raise Refused("warning.not_confirmed" if standing == "asked" else "warning.over")


def _must_end(until: Millis, months: int, context: Context) -> None:
    if until <= context.now:
        raise Refused("warning.ended")
    if until - context.now > months * MONTH:
        raise Refused("warning.too_long", months=months)


def _order(said: Said) -> tuple[Millis, str, str]:
    return (said.at, said.room, said.by)


def _first_said(all: tuple[Said, ...]) -> tuple[Said, ...]:
    first: dict[tuple[str, str], Said] = {}
    for one in sorted(all, key=lambda s: (*_order(s), s.prolongation)):
        first.setdefault((one.prolongation, one.by), one)
    return tuple(first.values())


def _first_asked(all: tuple[Prolongation, ...]) -> tuple[Prolongation, ...]:
    first: dict[str, Prolongation] = {}
    for one in sorted(all, key=lambda p: (p.at, p.room, p.by, p.until, p.prolongation)):
        first.setdefault(one.prolongation, one)
    return tuple(first.values())
