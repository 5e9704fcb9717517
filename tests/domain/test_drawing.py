"""Drawings: over by themselves, within bounds, and the same whatever order what was said of them comes in."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.domain.basics import Context, Event, Refused
from meldkamer.domain.drawing import (
    KINDS,
    MOST_POINTS,
    ChangeDrawing,
    Draw,
    Drawing,
    DrawingChanged,
    DrawingCommand,
    DrawingDrawn,
    DrawingRemoved,
    RemoveDrawing,
    Shape,
    decide,
    evolve,
    fault,
    functions_needed,
)

REF = "RT/d1"
HERE = (92_000.0, 437_000.0)


def draw(until: int = 0, text: str = "cordon of the market") -> Draw:
    return Draw(
        region="RT", drawing="d1", shape="circle", kind="cordon", points=(HERE,), radius=300, until=until, text=text
    )


def act(
    drawing: Drawing | None, command: DrawingCommand, now: int, actor: str = "anna", room: str = "RT"
) -> Drawing | None:
    for event in decide(drawing, command, Context(now=now, actor=actor, room=room, seat=f"{room}-1")):
        drawing = evolve(drawing, event, REF, now)
    return drawing


def drawn(until: int = 0) -> Drawing:
    drawing = act(None, draw(until), 1)
    assert drawing is not None
    return drawing


places = st.sampled_from([(), ((1.0, 2.0),), ((3.0, 4.0),)])
facts: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        DrawingChanged,
        by=st.sampled_from("ab"),
        room=st.sampled_from(["RT", "LB"]),
        points=places,
        radius=st.sampled_from([None, 50.0, 60.0]),
        until=st.sampled_from([None, 0, 200, 300]),
        words=st.sampled_from([None, True, False]),
        text=st.sampled_from([None, "one", "two"]),
    ),
    st.builds(DrawingRemoved, by=st.sampled_from("ab"), room=st.sampled_from(["RT", "LB"])),
)


@given(st.lists(st.tuples(st.integers(0, 3), facts), max_size=5))
def test_the_order_in_which_it_comes_does_not_matter(said: list[tuple[int, Event]]) -> None:
    """Two rooms across a cut each fold their own first; afterwards both have the same, of every thing the latest."""
    outcomes = set()
    for order in itertools.permutations(said):
        drawing = drawn()
        for at, event in order:
            drawing = evolve(drawing, event, REF, at)
        outcomes.add(msgspec.json.encode(drawing))
        assert (drawing.removed is not None) == any(isinstance(event, DrawingRemoved) for _, event in said)
        ends = [(at, e.until) for at, e in said if isinstance(e, DrawingChanged) and e.until is not None]
        latest = max((at for at, _ in ends), default=0)
        assert drawing.until in ({until for at, until in ends if at == latest} or {0})
    assert len(outcomes) == 1


@given(st.integers(0, 300), st.integers(0, 400))
def test_it_is_over_at_its_end_and_without_one_when_it_is_taken_away(until: int, moment: int) -> None:
    if until == 1:
        return
    drawing = drawn(until)
    assert drawing.counts(moment) == (not until or moment < until)
    assert drawing.over == (until or None)
    now = min(moment, until - 1) if until else moment
    gone = act(drawing, RemoveDrawing(drawing=REF), now)
    assert gone is not None and gone.over == now and not gone.counts(now)
    assert act(gone, RemoveDrawing(drawing=REF), now + 1) == gone
    with pytest.raises(Refused, match=r"drawing\.over"):
        act(gone, ChangeDrawing(drawing=REF, radius=10), now + 1)


def test_what_is_changed_is_what_was_given_and_no_more() -> None:
    drawing = drawn(100)
    for now, change in (
        (2, ChangeDrawing(drawing=REF, radius=400)),
        (3, ChangeDrawing(drawing=REF, points=((92_010.0, 437_000.0),))),
        (4, ChangeDrawing(drawing=REF, until=0)),
        (5, ChangeDrawing(drawing=REF, text="wider")),
    ):
        found = act(drawing, change, now, actor="bram")
        assert found is not None
        drawing = found
    assert (drawing.radius, drawing.points, drawing.until, drawing.text) == (400, ((92_010.0, 437_000.0),), 0, "wider")
    assert (drawing.changed.at, drawing.changed.by, drawing.by) == (5, "bram", "anna")
    same = ChangeDrawing(drawing=REF, radius=400, until=0)
    assert decide(drawing, same, Context(now=6, actor="x", room="RT")) == []
    bare = act(drawing, ChangeDrawing(drawing=REF, text=" "), 7)
    assert bare is not None and not bare.words and bare.text is None
    for wrong, code in (
        (ChangeDrawing(drawing=REF, radius=0), "no_shape"),
        (ChangeDrawing(drawing=REF, points=(HERE, HERE)), "no_shape"),
        (ChangeDrawing(drawing=REF, until=5), "ended"),
    ):
        with pytest.raises(Refused, match=code):
            act(drawing, wrong, 8)


def test_that_there_are_words_is_known_without_them() -> None:
    """The picture sees what a reader without the key sees; to it too, closed words are not none."""
    drawing = drawn()
    closed = evolve(drawing, DrawingChanged(by="a", room="RT", words=True, text=None), REF, 5)
    assert closed.words and closed.text is None and closed.worded.at == 5


def test_what_nobody_drew_is_not_there_and_a_name_is_taken_once() -> None:
    for command in (ChangeDrawing(drawing=REF, radius=1), RemoveDrawing(drawing=REF)):
        with pytest.raises(Refused, match=r"drawing\.unknown"):
            act(None, command, 1)
    with pytest.raises(ValueError, match="begins with"):
        evolve(None, DrawingRemoved(by="x", room="RT"), REF, 1)
    with pytest.raises(Refused, match=r"drawing\.exists"):
        act(drawn(), draw(), 2)
    with pytest.raises(Refused, match=r"drawing\.ended"):
        act(None, draw(until=5), 5)


@pytest.mark.parametrize(
    "fields",
    [
        {"shape": "mark", "kind": "mark", "points": [[0, 0], [1, 1]]},
        {"shape": "mark", "kind": "mark", "radius": 5},
        {"shape": "mark", "kind": "route"},
        {"shape": "line", "kind": "route"},
        {"shape": "line", "kind": "danger", "points": [[0, 0], [1, 1]]},
        {"shape": "line", "kind": "route", "points": [[0, 0], [100_001, 1]]},
        {"shape": "area", "kind": "danger", "points": [[0, 0], [1, 1]]},
        {"shape": "circle", "kind": "danger"},
        {"shape": "circle", "kind": "danger", "radius": 50_001},
        {"shape": "circle", "kind": "danger", "radius": -1},
        {"shape": "star", "kind": "danger"},
        {"shape": "mark", "kind": "mark", "points": []},
        {"shape": "line", "kind": "route", "points": [[n, 0] for n in range(MOST_POINTS + 1)]},
        {"shape": "mark", "kind": "mark", "points": [[3_000_000, 0]]},
        {"shape": "mark", "kind": "mark", "text": "x" * 201},
        {"shape": "mark", "kind": "mark", "until": -1},
        {"shape": "mark", "kind": "mark", "incident": "LB/1"},
    ],
)
def test_input_that_is_no_shape_is_not_valid(fields: dict[str, object]) -> None:
    given = {"type": "draw", "region": "RT", "drawing": "d1", "points": [[0, 0]], **fields}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(given, Draw)


def test_a_number_that_is_none_is_no_shape() -> None:
    for shape, points in (("mark", ((float("nan"), 0.0),)), ("line", ((0.0, 0.0), (float("inf"), 0.0)))):
        assert fault(shape, points, 0.0)  # type: ignore[arg-type]


def test_every_kind_belongs_to_a_shape_and_the_region_serves_who_draws() -> None:
    shapes: tuple[Shape, ...] = ("mark", "line", "area", "circle")
    assert tuple(KINDS) == shapes
    [(*alternatives,)] = functions_needed(RemoveDrawing(drawing="LB/x"))
    assert "LB.B.dispatch" in alternatives and alternatives[-1] == "LB.multi" and "LB.112" not in alternatives
    [event] = decide(None, draw(), Context(now=1, actor="x", room="RT"))
    assert isinstance(event, DrawingDrawn) and event.words and event.text == "cordon of the market"
