"""Proposals for incidents as the picture holds them: the run cards say what is needed, the fleet who can go."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np

from meldkamer.domain.basics import Refused
from meldkamer.domain.clock import Clock
from meldkamer.domain.incident import Incident
from meldkamer.domain.unit import Unit
from meldkamer.geo import Case, Travel
from meldkamer.network import Picture
from meldkamer.pack import Agreement, Norm, Pack
from meldkamer.response.agreements import covering
from meldkamer.response.positions import Positions
from meldkamer.response.proposal.answer import Proposal
from meldkamer.response.proposal.contender import Consent, Contender, Weights
from meldkamer.response.proposal.coverage import People, people_of, spared
from meldkamer.response.proposal.drawing import Drawing
from meldkamer.response.proposal.pick import (
    MEASURED,
    NEARER,
    Field,
    Terms,
    Turnouts,
    lacking,
    measure,
    nearest,
    nearest_left,
    pick,
    stranded,
)
from meldkamer.response.proposal.propose import OTHERS, propose
from meldkamer.response.proposal.standing import Bools, Columns, Group, Ints, Standing
from meldkamer.response.runcards import CardBook, Chosen, Circumstances, choose
from meldkamer.response.runcards.model import Coverage, Rest
from meldkamer.response.runcards.need import Need

PresentState = Literal["working", "asked"]


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that works for the incident already, or was asked for it, and the role it fills ("" = beyond the need)."""

    unit: str
    call_sign: str
    role: str
    state: PresentState


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """One discipline's answer for one incident. needs: as text (`2 TS + OvD`); level: the alarm level that counts."""

    needs: str
    level: str
    present: tuple[Present, ...]
    proposal: Proposal


class Proposals:
    """Not thread-safe: it lives on the loop."""

    def __init__(
        self,
        picture: Picture,
        positions: Positions,
        travel: Travel,
        pack: Pack,
        book: CardBook,
        clock: Clock,
        weights: Weights | None = None,
    ) -> None:
        self.book = book
        self._picture, self._travel, self._clock = picture, travel, clock
        self._weights = weights or Weights()
        self._standing = Standing(picture, positions, pack.unit_kind)
        self.drawing = Drawing(picture, self._standing, travel, clock)
        self._norms = {norm.code: norm.seconds for norm in pack.norms}
        self._codes = {item.number: item.code for item in pack.safety_regions}
        self._numbers = {item.code: item.number for item in pack.safety_regions}
        self._pack = pack
        self._people: People | None = None
        self._municipalities = {m.name: m.code for m in pack.municipalities}
        self._agreements: dict[tuple[str, str], list[Agreement]] = {}
        for agreement in pack.agreements:
            self._agreements.setdefault((agreement.borrower, agreement.discipline), []).append(agreement)

    def take(self, norms: Iterable[Norm], book: CardBook) -> None:
        """From now on these cards say what is needed, and these norms by when."""
        self.book = book
        self._norms = {norm.code: norm.seconds for norm in norms}

    def read(self) -> None:
        """Take every unit that the picture holds now. Needed after a snapshot was loaded."""
        self._standing.read()

    def look(
        self,
        room: str,
        incident: str,
        disciplines: str = "",
        held: Collection[str] = (),
        supposed: Mapping[str, str] | None = None,
    ) -> tuple[Advice, ...]:
        """What `room` is advised to send to an incident, for each of its open tracks (of these disciplines).

        supposed: characteristics, as if they stood so already; an empty value as if it did not stand.

        Raises Refused when the incident is unknown or has no place.
        """
        known = self._picture.incidents.get(incident)
        if known is None:
            raise Refused("incident.unknown", incident=incident)
        if known.location.x is None or known.location.y is None:
            raise Refused("incident.no_place", number=known.number)
        if supposed:
            characteristics = {k: v for k, v in {**known.characteristics, **supposed}.items() if v}
            known = msgspec.structs.replace(known, characteristics=characteristics)
        wanted = [d for d, t in known.tracks.items() if t.closed is None and (not disciplines or d in disciplines)]
        elapsed = max(0, (self._clock.now() - self._begun(known)) // 1000)
        return tuple(
            self.advise(room, d, circumstances(known, d, self._day(), self._codes, self._municipalities),
                        elapsed=elapsed, held=held, incident=known)
            for d in wanted
        )  # fmt: skip

    def advise(
        self,
        room: str,
        discipline: str,
        of: Circumstances,
        *,
        elapsed: int = 0,
        held: Collection[str] = (),
        incident: Incident | None = None,
    ) -> Advice:
        """What to send of one discipline in these circumstances, which must hold a place (ValueError otherwise)."""
        chosen = choose(self.book, discipline, of, self._norms)
        there = self._there(discipline, incident) if incident is not None else []
        present, proposal = self._propose(room, chosen.need, of, elapsed, held, there, incident)
        return Advice(needs=chosen.text, level=chosen.level, present=present, proposal=proposal)

    def needs(self, discipline: str, of: Circumstances) -> Chosen:
        """What the cards ask for, without looking at units."""
        return choose(self.book, discipline, of, self._norms)

    # --- who could go -----------------------------------------------------------------------------------------------

    def _propose(
        self,
        room: str,
        need: Need,
        of: Circumstances,
        elapsed: int,
        held: Collection[str],
        there: Sequence[tuple[Unit, PresentState]],
        incident: Incident | None,
    ) -> tuple[tuple[Present, ...], Proposal]:
        if of.x is None or of.y is None:
            raise ValueError("a proposal needs a place")
        end = (of.x, of.y)
        rules = self.book.rules.get(need.discipline)
        turnout = Turnouts(1000 * rules.turnout.station, 1000 * rules.turnout.road) if rules else Turnouts()
        now = self._clock.now()
        columns = self._standing.columns(need.discipline, now)
        spares = rules is not None and need.urgency in rules.coverage.urgencies
        terms = Terms(
            rank=of.priority,
            weights=self._weights,
            held=held,
            case=Case(self._numbers.get(of.safety_region, 0), now if incident is None else incident.opened),
            rest=rules.rest if rules else Rest(),
            now=now,
            cover=self._sparing(rules.coverage, columns, need) if rules is not None and spares else None,
        )
        bound = {u.ref for u, _ in there}

        def may_divert(ref: str) -> bool:
            return ref not in bound and self._urgency_of(ref) in need.divert

        def measured(these: Columns) -> Field:
            return measure(
                self._standing,
                these,
                end,
                self._travel,
                turnout,
                lambda group: self._consent(room, group, of.safety_region),
                may_divert,
                terms,
            )

        if len(columns.rows) <= MEASURED:
            looked, field = np.arange(len(columns.rows)), measured(columns)
        else:
            looked, beyond = nearest(columns, end)
            field = measured(columns.take(looked))
            soonest = 1000 * (beyond / self._fastest(columns) - self._weights.held)
            more = lacking(self._standing, columns, field, need, soonest)
            if len(more):
                looked = np.union1d(looked, more)
                field = measured(columns.take(looked))
        refs = self._standing.refs
        places = [p for p in pick(self._standing, field, need) if refs[field.columns.rows[p]] not in bound]
        by_ref = {refs[field.columns.rows[p]]: int(looked[p]) for p in places}
        contenders = [self._contender(field, p, turnout) for p in places]
        present = self._roles(need, contenders, there)
        found = propose(_without(need, present), contenders, self._weights, elapsed, held)
        gone = {by_ref[u] for u in found.units}
        filled = tuple(
            msgspec.structs.replace(f, bares=nearest_left(self._standing, columns, by_ref[f.going.unit], gone))
            for f in found.filled
        )
        unplaced = int((columns.free & ~np.isfinite(columns.x)).sum())
        cut_off = tuple(
            self._picture.units[refs[field.columns.rows[p]]].call_sign for p in stranded(self._standing, field, need)
        )
        found = msgspec.structs.replace(
            found, filled=filled, considered=len(columns.rows), unplaced=unplaced, cut_off=cut_off, spares=spares
        )
        return present, found

    def _sparing(self, rule: Coverage, fleet: Columns, need: Need) -> Callable[[Columns, Ints, Bools], Ints]:
        """What the going of each unit leaves behind, in seconds."""
        people = self._people = self._people or people_of(self._pack)
        standing, most = self._standing, len(need.slots) + OTHERS + NEARER

        def radius(profile: int) -> float:
            return self._travel.radius(rule.within, standing.profiles[profile])

        def cover(asked: Columns, score: Ints, may_go: Bools) -> Ints:
            return spared(rule, people, fleet, standing.groups, asked, score, may_go, most, radius)

        return cover

    def _fastest(self, columns: Columns) -> float:
        """Metres per second that none of these goes beyond."""
        return max(self._travel.fastest(self._standing.profiles[p]) for p in set(columns.profile.tolist()))

    def _roles(
        self, need: Need, contenders: Sequence[Contender], there: Sequence[tuple[Unit, PresentState]]
    ) -> tuple[Present, ...]:
        """Which role each of those that are there fills: settled together with who comes, or the answer could be a dead
        end, in which the only one that can do more counts for less."""
        if not there:
            return ()
        arrived = [_arrived(u, *self._standing.able(u)) for u, _ in there]
        together = propose(need, [*contenders, *arrived], self._weights)
        roles = {f.going.unit: f.role for f in together.filled}
        return tuple(
            Present(unit=u.ref, call_sign=u.call_sign, role=roles.get(u.ref, ""), state=state) for u, state in there
        )

    def _consent(self, room: str, group: Group, borrower: str) -> Consent:
        owner = self._picture.function(group.function).owner
        if not owner:
            return "nobody"
        if owner == room:
            return "own"
        among = self._agreements.get((borrower, group.discipline), [])
        lender = self._codes.get(group.safety_region, "")
        agreed = covering(among, lender, borrower, group.discipline, group.kind) is not None
        return "agreed" if agreed else "ask"

    def _contender(self, field: Field, place: int, turnout: Turnouts) -> Contender:
        columns = field.columns
        of = self._picture.units[self._standing.refs[columns.rows[place]]]
        order = of.assignment
        taken_from = bool(field.may_go[place]) and not of.free and order is not None
        age = int(columns.age[place])
        at_base = bool(columns.at_base[place])
        capabilities, crew = self._standing.able(of)
        road, line = field.learned.get(int(columns.profile[place]), (None, None))
        return Contender(
            unit=of.ref,
            call_sign=of.call_sign,
            discipline=of.discipline,
            kind=of.kind,
            capabilities=capabilities,
            crew=crew,
            status=of.status,
            meaning=of.meaning.value,
            free=of.free,
            travel=int(field.travel[place]),
            turnout=turnout.station if at_base else turnout.road,
            metres=round(float(field.metres[place])),
            source="road" if field.by_road[place] else "straight line",
            x=float(columns.x[place]),
            y=float(columns.y[place]),
            position_age=None if age < 0 else age,
            at_base=at_base,
            jumped=bool(columns.jumped[place]),
            function=of.function,
            owner=self._picture.function(of.function).owner,
            consent=field.consent[int(columns.group[place])],
            safety_region=of.safety_region,
            incident=order.number if order is not None else "",
            divert_from=order.number if taken_from and order is not None else "",
            divert_urgency=self._urgency_of(of.ref) if taken_from else "",
            correction=road if field.by_road[place] else line,
            rest=int(field.tired.seconds[place]),
            rest_left=int(field.tired.left[place]),
            on_duty=int(field.tired.duty[place]),
            cover=int(field.cover[place]),
        )

    # --- what is known of incidents ---------------------------------------------------------------------------------

    def _day(self) -> datetime.date:
        return datetime.datetime.fromtimestamp(self._clock.now() / 1000, datetime.UTC).date()

    def _begun(self, known: Incident) -> int:
        """When the norm began: the first call about it was answered; without a call, when it was opened."""
        calls = (self._picture.calls.get(ref) for ref in known.calls)
        return min((c.answered for c in calls if c is not None and c.answered), default=known.opened)

    def _urgency_of(self, ref: str) -> str:
        """The urgency of what a unit is on its way to."""
        order = self._picture.units[ref].assignment
        rules = self.book.rules.get(self._picture.units[ref].discipline)
        if order is None or rules is None:
            return ""
        known = self._picture.incidents.get(order.incident)
        discipline = self._picture.units[ref].discipline
        if known is None or discipline not in known.tracks:
            usual = rules.urgency_of("", order.priority)
            return usual.code if usual is not None else ""
        of = circumstances(known, discipline, self._day(), self._codes, self._municipalities)
        return choose(self.book, discipline, of, self._norms).need.urgency

    def _there(self, discipline: str, known: Incident) -> list[tuple[Unit, PresentState]]:
        """Who works for an incident or was asked to."""
        found: list[tuple[Unit, PresentState]] = [
            (u, "working") for u in self._picture.units_at(known.ref) if u.discipline == discipline
        ]
        seen = {u.ref for u, _ in found}
        for request in known.requests:
            of = self._picture.units.get(request.unit)
            if request.granted is None and of is not None and of.discipline == discipline and of.ref not in seen:
                seen.add(of.ref)
                found.append((of, "asked"))
        return found


def _arrived(of: Unit, capabilities: tuple[str, ...], crew: int) -> Contender:
    """A unit that need not come any more, or is asked already."""
    return Contender(
        unit=of.ref,
        call_sign=of.call_sign,
        discipline=of.discipline,
        kind=of.kind,
        capabilities=capabilities,
        crew=crew,
        status=of.status,
        meaning=of.meaning.value,
        free=True,
        travel=0,
        turnout=0,
        metres=0,
        source="straight line",
        x=0.0,
        y=0.0,
        position_age=0,
        at_base=True,
        function=of.function,
        owner="",
        consent="own",
    )


def circumstances(
    known: Incident, discipline: str, day: datetime.date, codes: Mapping[int, str], municipalities: Mapping[str, str]
) -> Circumstances:
    """What the cards ask about, from an incident's track. codes: safety regions by number; municipalities by name."""
    track, place = known.tracks[discipline], known.location
    return Circumstances(
        class_code=track.class_code or known.class_code,
        priority=track.priority,
        day=day,
        level=known.scale.get(discipline, ""),
        x=place.x,
        y=place.y,
        municipality=municipalities.get(place.municipality, place.municipality),
        safety_region=codes.get(place.safety_region, ""),
        characteristics=known.characteristics,
    )


def _without(need: Need, present: Iterable[Present]) -> Need:
    """The need less the roles that are filled."""
    left = list(need.slots)
    for one in present:
        filled = next((s for s in left if s.role == one.role), None)
        if filled is not None:
            left.remove(filled)
    return msgspec.structs.replace(need, slots=tuple(left))
