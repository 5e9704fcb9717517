"""From the picture's states to rows: pure functions, and `Rows`, which looks up what else a row needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from meldkamer.desk import rows
from meldkamer.desk.needs import Located
from meldkamer.domain.alert import Alert
from meldkamer.domain.attention import Attention
from meldkamer.domain.basics import Location, region_of
from meldkamer.domain.call import Call
from meldkamer.domain.chat import HandOver, Talk, rooms_of
from meldkamer.domain.clock import Millis
from meldkamer.domain.contact import due
from meldkamer.domain.drawing import Drawing
from meldkamer.domain.function import Function
from meldkamer.domain.incident import Incident
from meldkamer.domain.unit import Assignment, Unit
from meldkamer.intake import Duplicate, Duplicates
from meldkamer.network import Picture, maybe_used_by, subject_of
from meldkamer.response import Position


def call_row(call: Call, duplicates: Sequence[Duplicate] = ()) -> rows.CallRow:
    """A call without the caller."""
    return rows.CallRow(
        ref=call.ref,
        state=call.state.value,
        function=call.function,
        channel=call.channel,
        received=call.received,
        waiting_since=call.waiting_since,
        disciplines=call.disciplines,
        class_hint=call.class_hint,
        priority_hint=call.priority_hint,
        location=_best(call.locations),
        room=call.room,
        seat=call.seat,
        rule=call.rule,
        owner=call.owner,
        figures=call.figures,
        answered=call.answered,
        answered_by=call.answered_by,
        ended=call.ended,
        call_back=call.call_back,
        call_backs=call.call_backs,
        call_back_by=call.call_back_by,
        call_back_at=call.call_back_at,
        call_back_result=call.call_back_result,
        language_noted=call.language_noted,
        ways_noted=call.ways_noted,
        incidents=call.incidents,
        test=call.test,
        possible_duplicates=tuple(d.ref for d in duplicates),
    )


def incident_row(incident: Incident, units: Sequence[Unit], version: int) -> rows.IncidentRow:
    """An incident without the text of its notes. units: those with an open order for it."""
    tracks = {
        d: rows.TrackRow(
            priority=t.priority,
            class_code=t.class_code,
            class_text=t.class_text,
            started=t.started,
            closed=t.closed,
            close_code=t.close_code,
        )
        for d, t in incident.tracks.items()
    }
    return rows.IncidentRow(
        ref=incident.ref,
        number=incident.number,
        opened=incident.opened,
        location=incident.location,
        class_code=incident.class_code,
        class_text=incident.class_text,
        priority=incident.priority,
        disciplines=incident.disciplines,
        tracks=tracks,
        units=tuple(_at_incident(u) for u in units),
        calls=len(incident.calls),
        notes=len(incident.notes),
        conflicts=sum(not c.choice for c in incident.conflicts),
        requests=tuple(
            rows.RequestRow(request=r.request, unit=r.unit, function=r.function, room=r.room, granted=r.granted)
            for r in incident.requests
        ),
        links=tuple(rows.LinkRow(kind=kind, other=other) for kind, other in incident.links),
        characteristics=incident.characteristics,
        scale=incident.scale,
        closed=max((t.closed or 0 for t in incident.tracks.values()), default=0) if incident.closed else None,
        version=version,
        conflict_rows=tuple(
            rows.ConflictRow(
                conflict=c.conflict,
                about=c.about,
                kept=c.kept,
                other=c.other,
                at=c.at,
                choice=c.choice,
                by=c.by,
                decided=c.decided,
                reason=c.reason,
            )
            for c in incident.conflicts
        ),
    )


def unit_row(
    unit: Unit, key: int, fix: Position | None = None, alert: Alert | None = None, maybe_used_by: str = ""
) -> rows.UnitRow:
    """A unit with its order and where it is."""
    order = unit.assignment
    return rows.UnitRow(
        ref=unit.ref,
        key=key,
        call_sign=unit.call_sign,
        discipline=unit.discipline,
        kind=unit.kind,
        function=unit.function,
        safety_region=unit.safety_region,
        status=unit.status,
        meaning=unit.meaning,
        status_since=unit.status_since,
        status_source=unit.status_source,
        manual=unit.manual,
        free=unit.free,
        emergency=unit.emergency,
        speech=unit.speech,
        base=unit.base,
        x=fix.x if fix is not None else unit.stand[0],
        y=fix.y if fix is not None else unit.stand[1],
        position_at=fix.at if fix is not None else None,
        assignment=_order(order) if order is not None else None,
        alert=rows.AlertRow(ref=alert.ref, state=alert.state) if alert is not None else None,
        beside=tuple(_order(other) for other in unit.beside),
        maybe_used_by=maybe_used_by,
        heard=unit.heard,
        contact=_contact(unit),
        posting=_posting(unit),
    )


def _contact(unit: Unit) -> rows.ContactRow | None:
    timer, until = unit.contact, due(unit.contact, unit.heard)
    if timer is None or until is None:
        return None
    return rows.ContactRow(minutes=timer.minutes, since=timer.since, by=timer.by, due=until)


def _posting(unit: Unit) -> rows.PostingRow | None:
    posting = unit.posting
    if posting is None:
        return None
    return rows.PostingRow(
        assignment=posting.assignment,
        place=posting.place.text or posting.place.place,
        x=posting.place.x,
        y=posting.place.y,
        state=posting.state,
        ordered=posting.ordered,
        since=posting.since,
        by=posting.by,
    )


def _order(order: Assignment) -> rows.AssignmentRow:
    return rows.AssignmentRow(
        assignment=order.assignment,
        incident=order.incident,
        number=order.number,
        priority=order.priority,
        state=order.state,
        ordered=order.ordered,
        since=order.since,
    )


def function_row(function: Function, home: str) -> rows.FunctionRow:
    """A function and who serves it."""
    p = function.proposal
    return rows.FunctionRow(
        name=function.name,
        region=region_of(function.name),
        what=function.name.partition(".")[2],
        home=home,
        owner=function.owner,
        epoch=function.epoch,
        since=function.since,
        ground=function.ground,
        previous=function.previous,
        reason=function.reason,
        rule=function.rule,
        acknowledged=function.acknowledged,
        proposal=rows.ProposalRow(to=p.to, by=p.by, room=p.room, at=p.at, reason=p.reason) if p is not None else None,
        read=function.read,
    )


def talk_row(ref: str, talk: Talk) -> rows.TalkRow:
    """A talk without what was said."""
    return rows.TalkRow(
        ref=ref,
        rooms=rooms_of(ref),
        lines=talk.lines,
        at=talk.at,
        by=talk.by,
        room=talk.room,
        to=talk.to,
        open=tuple(_hand_over(h) for h in talk.open),
        last_taken=_hand_over(talk.last_taken) if talk.last_taken is not None else None,
    )


def _hand_over(h: HandOver) -> rows.HandOverRow:
    return rows.HandOverRow(
        hand_over=h.hand_over,
        by=h.by,
        seat=h.seat,
        at=h.at,
        audience=h.audience,
        taken_by=h.taken_by,
        taken_at=h.taken_at,
    )


def attention_row(attention: Attention, number: str) -> rows.AttentionRow:
    """An attention message without its words. number: of the incident that it is about."""
    return rows.AttentionRow(
        ref=attention.ref,
        at=attention.at,
        by=attention.by,
        room=attention.room,
        seat=attention.seat,
        scope=attention.scope,
        unit=attention.unit,
        to_room=attention.to_room,
        audience=attention.audience,
        priority=attention.priority,
        until=attention.until,
        incident=attention.incident,
        number=number,
        location=attention.location,
        passed=attention.passed,
        prolonged=len(attention.prolonged),
        withdrawn=attention.withdrawn.at if attention.withdrawn is not None else None,
    )


def drawing_row(drawing: Drawing, number: str, over: Millis | None) -> rows.DrawingRow:
    """A drawing without its words. number: of its incident; over: when that, or somebody, ended it."""
    last = drawing.changed
    return rows.DrawingRow(
        ref=drawing.ref,
        at=drawing.at,
        by=drawing.by,
        room=drawing.room,
        shape=drawing.shape,
        kind=drawing.kind,
        points=drawing.points,
        radius=drawing.radius,
        until=drawing.until,
        incident=drawing.incident,
        number=number,
        words=max(drawing.at, drawing.worded.at) if drawing.words else 0,
        changed=max(0, last.at),
        changed_by=last.by,
        changed_room=last.room,
        over=over,
    )


class Rows:
    """Makes the row of any ref as it is now. homes: function -> its home room."""

    def __init__(
        self,
        picture: Picture,
        homes: Mapping[str, str],
        positions: Located,
        duplicates: Duplicates | None = None,
    ) -> None:
        self._picture, self._homes = picture, homes
        self._positions, self._duplicates = positions, duplicates

    def row(self, kind: rows.RowKind, ref: str) -> rows.Row | None:
        """The row, or None when the picture does not hold it (any more)."""
        picture = self._picture
        match kind:
            case "call":
                call = picture.calls.get(ref)
                return None if call is None else self.call(call)
            case "incident":
                incident = picture.incidents.get(ref)
                return None if incident is None else self.incident(incident)
            case "unit":
                unit = picture.units.get(ref)
                return None if unit is None else self.unit(unit)
            case "function":
                return function_row(picture.function(ref), self._homes.get(ref, ""))
            case "talk":
                talk = picture.desk(ref).talk
                return None if talk is None else talk_row(ref, talk)
            case "attention":
                attention = picture.attentions.get(ref)
                return None if attention is None else self.attention(attention)
            case "drawing":
                drawing = picture.drawings.get(ref)
                return None if drawing is None else self.drawing(drawing)

    def call(self, call: Call) -> rows.CallRow:
        """A call's row, with the incidents that it may be about while it belongs to none."""
        return call_row(call, self._duplicates.of_call(call.ref) if self._duplicates is not None else ())

    def incident(self, incident: Incident) -> rows.IncidentRow:
        """An incident's row."""
        version = self._picture.versions.get(subject_of("incident", incident.ref), 0)
        return incident_row(incident, list(self._picture.units_at(incident.ref)), version)

    def unit(self, unit: Unit) -> rows.UnitRow:
        """A unit's row."""
        alert = None
        if unit.order is not None:
            alert = self._picture.alerts.get(self._picture.alert_of.get(unit.order.assignment, ""))
        at, maybe = self._positions.of(unit.ref), maybe_used_by(unit, self._picture)
        return unit_row(unit, self._positions.key(unit.ref), at, alert, maybe)

    def attention(self, attention: Attention) -> rows.AttentionRow:
        """An attention message's row."""
        about = self._picture.incidents.get(attention.incident or "")
        return attention_row(attention, about.number if about is not None else "")

    def drawing(self, drawing: Drawing) -> rows.DrawingRow:
        """A drawing's row."""
        of = self._picture.incidents.get(drawing.incident or "")
        return drawing_row(drawing, of.number if of is not None else "", self._picture.drawing_over(drawing))

    def talks(self) -> list[rows.TalkRow]:
        """Every talk there ever was between rooms, and in each."""
        return [talk_row(d.room, d.talk) for d in self._picture.desks.values() if d.talk is not None]

    def functions(self) -> list[rows.FunctionRow]:
        """Every function of the country, also one that nobody ever owned."""
        names = sorted({*self._homes, *self._picture.functions})
        return [function_row(self._picture.function(name), self._homes.get(name, "")) for name in names]


def _best(locations: tuple[Location, ...]) -> Location | None:
    known = [place for place in locations if place.known]
    if known:
        return known[-1]
    return locations[-1] if locations else None


def _at_incident(unit: Unit) -> rows.UnitAtIncident:
    order = unit.assignment
    return rows.UnitAtIncident(
        unit=unit.ref,
        call_sign=unit.call_sign,
        state=order.state if order is not None else "",
        since=order.since if order is not None else 0,
    )
