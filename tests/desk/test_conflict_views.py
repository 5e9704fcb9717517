"""A conflict shows by whose hand each of its two values was given, as the incident's own history says."""

from __future__ import annotations

from meldkamer.desk.conflict_views import ConflictView, conflict_views
from meldkamer.domain import incident
from meldkamer.domain.basics import Event
from meldkamer.record import Entry

from .world import World

SUBJECT = "ev.RT.incident.i1"


class Told:
    """An incident, its history, and what is shown of its conflicts."""

    def __init__(self) -> None:
        self.world = World()
        self.history: list[tuple[Entry, Event]] = []
        self.world.picture.listen(lambda change: self.history.append((change.entry, change.event)))
        self.world.an_incident()

    def view(self) -> ConflictView:
        [found] = conflict_views(self.world.picture.incidents["RT/i1"], self.history)
        return found


async def test_what_stands_and_what_was_wanted_have_their_hands() -> None:
    told = Told()
    told.world.store(SUBJECT, incident.Prioritised(discipline="B", priority=2))
    await told.world.clock.pump(1.0)
    standing = told.world.clock.now()
    told.world.store(SUBJECT, incident.Prioritised(discipline="B", priority=1))
    told.world.store(SUBJECT, incident.Prioritised(discipline="A", priority=1))
    await told.world.clock.pump(1.0)
    wanted = told.world.clock.now()
    told.world.store(SUBJECT, incident.ConflictFound(conflict="c", about="island_priority_B", kept="1", other="3"))
    view = told.view()
    assert view.kept_by is not None and (view.kept_by.by, view.kept_by.at) == ("p", standing)
    assert view.other_by is not None and (view.other_by.room, view.other_by.at) == ("RT", wanted)
    assert (view.at, view.choice, view.decided) == (wanted, "", 0)


async def test_where_nothing_stood_nobody_said_it_and_a_decision_keeps_its_reason() -> None:
    told = Told()
    told.world.store(SUBJECT, incident.ConflictFound(conflict="c", about="closing_alone_B", kept="", other="B oef"))
    await told.world.clock.pump(5.0)
    told.world.store(SUBJECT, incident.ConflictResolved(conflict="c", choice="kept", by="q", reason="smoke"))
    view = told.view()
    assert view.kept_by is None and view.other_by is not None
    assert (view.choice, view.by, view.reason, view.decided) == ("kept", "q", "smoke", told.world.clock.now())
