"""The continuity report: what was measured of every function, room, service and chain, beside what the plan asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from meldkamer.domain.clock import Millis
from meldkamer.pack import Pack
from meldkamer.steering.continuity.judged import clock_rows, option_rows, plan_rows, process_rows
from meldkamer.steering.continuity.objectives import Series, objective_rows
from meldkamer.steering.continuity.records import Chain, ContinuityPlan, Impact, Option, Service
from meldkamer.steering.continuity.spans import Span, common, millis, together, within, without
from meldkamer.steering.continuity.structs import (
    Availability,
    ChainPart,
    ChainRow,
    Continuity,
    FunctionRow,
    ImpactRow,
    ProvisionRow,
    RoomRow,
    ServiceRow,
    Tested,
    Verdict,
)
from meldkamer.steering.continuity.timeline import Timeline
from meldkamer.steering.facts import Exercise, RecordFacts
from meldkamer.steering.fields import Unknown
from meldkamer.steering.measured import DAY, date_of
from meldkamer.steering.plan import Plan
from meldkamer.steering.provisions import Provision

YEAR_DAYS = 365.25
MINUTE: Millis = 60_000


def continuity_report(
    plan: Plan, pack: Pack, facts: RecordFacts, now: Millis, since: Millis | None = None
) -> Continuity:
    """The report at a moment over a period that ends then. since: default from the first stored entry on."""
    return _Maker(plan, pack, facts, now, since).make()


class _Maker:
    """One report being made."""

    def __init__(self, plan: Plan, pack: Pack, facts: RecordFacts, now: Millis, since: Millis | None) -> None:
        self.plan, self.pack, self.facts = plan, pack, facts
        self.line = Timeline(facts, now)
        self.now = self.line.now
        self.since = since if since is not None else (facts.since if facts.since is not None else self.now)
        self.home = {f.code: f for f in pack.functions}
        self.functions = sorted({*self.home, *self.line.functions()})
        self.impact = {impact.function or impact.service: impact for impact in plan.of(Impact)}

    def make(self) -> Continuity:
        facts, today = self.facts, date_of(self.now)
        return Continuity(
            now=self.now,
            since=self.since,
            covers=None if facts.since is None else (facts.since, facts.until),
            gaps=tuple(facts.gaps),
            functions=tuple(map(self._function, self.functions)),
            rooms=tuple(self._room(room.code, room.name) for room in self.pack.rooms),
            services=tuple(map(self._service, self.plan.of(Service))),
            provisions=tuple(self._provision(p) for p in self.plan.of(Provision)),
            chains=tuple(self._chain(c, r.code) for c in self.plan.of(Chain) for r in self.pack.regions),
            objectives=tuple(objective_rows(self.plan.objectives, self._series, facts, self._recovered, self.now)),
            impacts=tuple(map(self._impact, self.plan.of(Impact))),
            plans=tuple(plan_rows(self.plan, self._tests_of, today)),
            options=tuple(option_rows(self.plan, self._minutes)),
            clocks=tuple(clock_rows(self.plan, self.now)),
            processes=tuple(process_rows(self.plan)),
        )

    # --- functions and rooms ----------------------------------------------------------------------------------------

    def _function(self, name: str) -> FunctionRow:
        kind, line, home = self._kind(name), self.line, self.home.get(name)
        owned, recoveries = line.owner(name), line.recoveries(name)
        measured = [r.seconds for r in recoveries if r.seconds is not None]
        last = recoveries[-1] if recoveries else None
        tested = self._tested(e for e in self.facts.exercises if name in e.functions or kind in e.functions)
        impact = self.impact.get(kind)
        target = impact.recover_seconds if impact is not None else None
        acknowledged = (
            owned is None
            or owned.ground not in ("declared", "lapsed")
            or any(at >= owned.at and function == name for at, function in self.facts.acknowledged)
        )
        return FunctionRow(
            function=name,
            kind=kind,
            region=name.partition(".")[0],
            home=home.home_room if home is not None else "",
            owner=owned.owner if owned is not None else "",
            away=owned is not None and home is not None and owned.owner != home.home_room,
            since=owned.at if owned is not None else None,
            acknowledged=acknowledged,
            availability=self._available(line.began(name), line.lost(name), line.unknown(name)),
            target_seconds=target,
            confirmed=impact is not None and impact.confirmed,
            takeovers=len(recoveries),
            last_at=last.at if last else None,
            last_age_days=self._age(last.at) if last else None,
            last_seconds=last.seconds if last else None,
            last_ground=last.ground if last else "",
            last_to=last.to if last else "",
            worst_seconds=max(measured, default=None),
            hand_backs=len(line.hand_backs(name)),
            tested=tested,
            verdict=_verdict(target, last.seconds if last and last.seconds is not None else tested.seconds),
        )

    def _room(self, code: str, name: str) -> RoomRow:
        line, troubles = self.line, self.line.troubles(code)
        lost = line.room_lost(code)
        now_lost = bool(lost) and lost[-1][1] >= self.now
        last = troubles[-1] if troubles else None
        owned = [f for f in self.functions if (o := line.owner(f)) is not None and o.owner == code]
        begun = [b for f in self.functions if self._belongs(f) == code and (b := line.began(f)) is not None]
        return RoomRow(
            room=code,
            name=name,
            state="up" if not now_lost or last is None else "down" if last.silent is None else "silent",
            availability=self._available(min(begun, default=None), lost, line.room_unknown(code)),
            fell_silent=sum(t.silent is not None for t in troubles),
            declared_down=sum(t.silent is None for t in troubles),
            last_at=last.noted if last else None,
            last_reason=last.reason if last else "",
            owns=len(owned),
            holds_for_others=sum(self._belongs(f) not in ("", code) for f in owned),
            tested=self._tested(e for e in self.facts.exercises if code in e.rooms),
        )

    def _belongs(self, function: str) -> str:
        known = self.home.get(function)
        return known.home_room if known is not None else ""

    def _kind(self, function: str) -> str:
        known = self.home.get(function)
        return known.kind if known is not None else function.rpartition(".")[2]

    # --- services, provisions, chains -------------------------------------------------------------------------------

    def _service(self, service: Service) -> ServiceRow:
        line, code = self.line, service.id
        reports = line.reports(code)
        lost, checked = line.service_lost(code), line.checked(code)
        newest = next((r for r in reversed(reports) if r.state == "down"), None)
        heard = reports[-1] if reports else None
        lasted = [b - a for a, b in lost if b < self.now]
        impact = self.impact.get(code)
        target = impact.recover_seconds if impact is not None else None
        tested = self._tested(e for e in self.facts.exercises if code in e.services)
        last_seconds = lasted[-1] / 1000 if lasted else None
        return ServiceRow(
            service=code,
            name=service.name,
            name_en=service.name_en,
            national=service.national,
            provision=service.provision,
            state=line.service_state(code),
            down_in=tuple(where or "*" for where in line.down_in(code)),
            availability=self._available(
                checked, lost, line.service_unknown(code), self._agreed(code, lost), line.service_degraded(code)
            ),
            last_at=newest.at if newest else None,
            last_seconds=last_seconds,
            last_source=newest.source if newest else "",
            last_reason=newest.reason if newest else "",
            heard_at=heard.at if heard else None,
            heard_from=heard.source if heard else "",
            target_seconds=target,
            confirmed=impact is not None and impact.confirmed,
            tested=tested,
            verdict=_verdict(target, last_seconds if last_seconds is not None else tested.seconds),
        )

    def _agreed(self, service: str, lost: Sequence[Span], room: str = "") -> list[Span]:
        return common(together((w.since, w.until) for w in self.line.windows(service, room)), lost)

    def _provision(self, provision: Provision) -> ProvisionRow:
        services = [s.id for s in self.plan.of(Service) if s.provision == provision.id]
        known = {s: one for s in services if (one := self._of_service(s)) is not None}
        lost = together(span for one in known.values() for span in one.lost)
        degraded = together(span for s in known for span in self.line.service_degraded(s))
        return ProvisionRow(
            provision=provision.id,
            name=provision.name,
            name_en=provision.name_en,
            availability=self._available(
                max((one.since for one in known.values()), default=None),
                lost,
                together(span for one in known.values() for span in one.unknown),
                _agreed_by_all(known.values(), lost),
                without(degraded, lost),
            ),
            checked=tuple(known),
            not_checked=tuple(s for s in services if s not in known),
            down=tuple(s for s in known if self.line.service_state(s) == "down"),
        )

    def _chain(self, chain: Chain, region: str) -> ChainRow:
        parts, series = [], []
        for name, kind, found in self._parts(chain, region):
            inside = None if found is None else within(found.lost, max(found.since, self.since), self.now)
            parts.append(
                ChainPart(part=name, kind=kind, lost_seconds=None if inside is None else millis(inside) / 1000)
            )
            if found is not None:
                series.append(found)
        # What one part was not measured in yet cannot be said of the whole.
        since = max((one.since for one in series), default=None)
        lost = together(span for one in series for span in one.lost)
        unknown = together(span for one in series for span in one.unknown)
        room = self._room_of(region)
        degraded = together(span for s in chain.services for span in self.line.service_degraded(s, room))
        return ChainRow(
            chain=chain.id,
            name=chain.name,
            name_en=chain.name_en,
            region=region,
            availability=self._available(since, lost, unknown, _agreed_by_all(series, lost), without(degraded, lost)),
            whole=all(part.lost_seconds is not None for part in parts),
            parts=tuple(parts),
        )

    def _parts(self, chain: Chain, region: str) -> Iterator[tuple[str, Literal["function", "service"], Series | None]]:
        for function in self._chain_functions(chain, region):
            began = self.line.began(function)
            lost, unknown = self.line.lost(function), self.line.unknown(function)
            yield function, "function", None if began is None else Series(began, lost, unknown)
        room = self._room_of(region)
        for service in chain.services:
            yield service, "service", self._of_service(service, room)

    def _of_service(self, service: str, room: str = "") -> Series | None:
        checked = self.line.checked(service, room)
        if checked is None:
            return None
        lost = self.line.service_lost(service, room)
        return Series(checked, lost, self.line.service_unknown(service, room), self._agreed(service, lost, room))

    def _chain_functions(self, chain: Chain, region: str) -> list[str]:
        return [f for f in self.functions if f.partition(".")[0] == region and self._kind(f) in chain.functions]

    def _room_of(self, region: str) -> str:
        return next((r.home_room for r in self.pack.regions if r.code == region), "")

    # --- objectives, impact, plans, options -------------------------------------------------------------------------

    def _series(self, about: str, of: str) -> Iterable[Series]:
        line = self.line
        match about:
            case "function":
                for name in self.functions:
                    if of in ("", name, self._kind(name)) and (began := line.began(name)) is not None:
                        yield Series(began, line.lost(name))
            case "room":
                for room in self.pack.rooms:
                    row = self._room(room.code, room.name)
                    if of in ("", room.code) and row.availability is not None:
                        yield Series(row.availability.since, line.room_lost(room.code))
            case "service":
                for service in self.plan.of(Service):
                    if of in ("", service.id) and (series := self._of_service(service.id)) is not None:
                        yield series
            case "chain":
                for chain in self.plan.of(Chain):
                    for region in self.pack.regions if of in ("", chain.id) else ():
                        found = [one for _, _, one in self._parts(chain, region.code)]
                        if found and all(one is not None for one in found):
                            known = [one for one in found if one is not None]
                            lost = together(span for one in known for span in one.lost)
                            unknown = together(span for one in known for span in one.unknown)
                            since = max(one.since for one in known)
                            yield Series(since, lost, unknown, _agreed_by_all(known, lost))

    def _recovered(self, of: str) -> list[tuple[Millis, float]]:
        return [
            (r.at, r.seconds)
            for name in self.functions
            if of in ("", name, self._kind(name))
            for r in self.line.recoveries(name)
            if r.seconds is not None
        ]

    def _impact(self, impact: Impact) -> ImpactRow:
        about = impact.function or impact.service
        newest: tuple[Millis, float] | None = None
        if impact.function:
            newest = max(self._recovered(about), default=None)
        elif ended := [(b, (b - a) / 1000) for a, b in self.line.service_lost(about) if b < self.now]:
            newest = ended[-1]
        if newest is None:
            tests = [e for e in self.facts.exercises if about in (*map(self._kind, e.functions), *e.services)]
            newest = max(((e.at, e.seconds) for e in tests if e.seconds is not None), default=None)
        return ImpactRow(
            impact=impact.id,
            name=impact.name,
            name_en=impact.name_en,
            about=about,
            accountable=impact.accountable,
            needs=impact.needs,
            after=impact.after,
            weight=impact.weight,
            recover_seconds=impact.recover_seconds,
            lose_seconds=impact.lose_seconds,
            confirmed=impact.confirmed,
            reviewed=impact.reviewed,
            measured_seconds=newest[1] if newest else None,
            measured_at=newest[0] if newest else None,
            verdict=_verdict(impact.recover_seconds, newest[1] if newest else None),
        )

    def _tests_of(self, record: ContinuityPlan) -> list[Exercise]:
        return [
            e
            for e in self.facts.exercises
            if e.plan == record.id
            or set(e.services) & set(record.for_services)
            or {self._kind(f) for f in e.functions} & set(record.for_functions)
        ]

    def _minutes(self, option: Option) -> float | None:
        """Measured minutes lost a year of what an option is about; None when none of it was measured."""
        found = [one for kind in option.for_functions for one in self._series("function", kind)]
        found += [one for service in option.for_services for one in self._series("service", service)]
        if not found:
            return None
        lost = sum(millis(within(one.lost, self.since, self.now)) for one in found)
        days = max(YEAR_DAYS, (self.now - min(max(one.since, self.since) for one in found)) / DAY)
        # Less than a year is taken as a whole one, as with risks: one bad week is not fifty.
        return lost / MINUTE * YEAR_DAYS / days

    # --- small things -----------------------------------------------------------------------------------------------

    def _available(
        self,
        began: Millis | None,
        lost: Sequence[Span],
        unknown: Sequence[Span],
        agreed: Sequence[Span] = (),
        degraded: Sequence[Span] = (),
    ) -> Availability | None:
        if began is None:
            return None
        since = max(began, self.since)
        if since >= self.now:
            return None
        inside = within(lost, since, self.now)
        gone, whole = millis(inside), self.now - since
        return Availability(
            since=since,
            seconds=whole / 1000,
            lost_seconds=gone / 1000,
            unknown_seconds=(millis(within([*unknown, *inside], since, self.now)) - gone) / 1000,
            agreed_seconds=millis(within(agreed, since, self.now)) / 1000,
            interruptions=len(inside),
            percent=100 * (1 - gone / whole),
            degraded_seconds=millis(within(degraded, since, self.now)) / 1000,
        )

    def _tested(self, exercises: Iterable[Exercise]) -> Tested:
        held = sorted(exercises, key=lambda e: e.at)
        last = held[-1] if held else None
        return Tested(
            count=len(held),
            last=last.at if last else None,
            age_days=self._age(last.at) if last else None,
            seconds=last.seconds if last else None,
        )

    def _age(self, at: Millis) -> float:
        return round((self.now - at) / DAY, 2)


def _agreed_by_all(series: Iterable[Series], lost: Sequence[Span]) -> list[Span]:
    """Of what was lost together: only when everything that was lost then was in agreed maintenance."""
    return without(lost, together(span for one in series for span in without(one.lost, one.agreed)))


def _verdict(target: int | Unknown | None, seconds: float | None) -> Verdict:
    if target is None or target == "unknown":
        return "no target"
    if seconds is None:
        return "not checked"
    return "within" if seconds <= target else "over"
