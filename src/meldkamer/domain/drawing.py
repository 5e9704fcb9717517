"""What people draw on the map for each other: a mark, a line, an area or a circle, for an incident or for a region.

It is over at its end, when it is taken away, or while its incident is closed; the first and the last are no acts.
What is said of one across a cut unites whichever side is folded first: of each thing that can be changed (shape, end,
words) the latest word stands, and what is taken away stays away. Shape and kind are for everybody; the words may name
a person and are sealed.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import msgspec

from meldkamer.domain.basics import (
    DISCIPLINES,
    Command,
    Context,
    Event,
    Id,
    Ref,
    Refused,
    Region,
    SealedCaller,
    Short,
    working_in,
)
from meldkamer.domain.clock import Millis

Shape = Literal["mark", "line", "area", "circle"]
Kind = Literal["mark", "assembly", "route", "boom", "hose", "cordon", "evacuation", "danger"]
KINDS: dict[Shape, tuple[Kind, ...]] = {
    "mark": ("mark", "assembly"),
    "line": ("route", "boom", "hose", "cordon"),
    "area": ("cordon", "evacuation", "danger"),
    "circle": ("cordon", "evacuation", "danger"),
}
"""What each shape may stand for."""
FEWEST: dict[Shape, int] = {"mark": 1, "line": 2, "area": 3, "circle": 1}
"""Points that a shape needs; a mark and a circle have no more than that either."""
MOST_POINTS = 200
WIDEST = 100_000.0
"""Metres that a line or an area may reach from side to side."""
MOST_OF_INCIDENT = 50
MOST_OF_REGION = 200
"""How many drawings may stand at once for one incident, and for a region beside its incidents."""

Metres = Annotated[float, msgspec.Meta(ge=-1_000_000, le=2_000_000)]
Points = Annotated[tuple[tuple[Metres, Metres], ...], msgspec.Meta(min_length=1, max_length=MOST_POINTS)]
Radius = Annotated[float, msgspec.Meta(ge=0, le=50_000)]
Until = Annotated[Millis, msgspec.Meta(ge=0, le=4_102_444_800_000)]
"""Milliseconds UTC; 0: it has no end of its own."""
Words = Annotated[str, msgspec.Meta(max_length=200)]


class DrawingDrawn(Event, frozen=True, kw_only=True, tag="drawing.drawn"):
    """Somebody drew this, in RD metres. radius: of a circle; words: whether something is written with it."""

    by: Short
    room: Short
    seat: Short = ""
    shape: Shape
    kind: Kind
    points: tuple[tuple[float, float], ...]
    radius: float = 0.0
    until: Millis = 0
    incident: Ref | None = None
    words: bool = False
    text: SealedCaller = None


class DrawingChanged(Event, frozen=True, kw_only=True, tag="drawing.changed"):
    """Somebody changed it: only what is there is changed. words: whether there are any from now on; what they are is
    sealed, so that this is said beside it."""

    by: Short
    room: Short
    points: tuple[tuple[float, float], ...] = ()
    radius: float | None = None
    until: Millis | None = None
    words: bool | None = None
    text: SealedCaller = None


class DrawingRemoved(Event, frozen=True, kw_only=True, tag="drawing.removed"):
    """Somebody took it away, for good; that it was there stays."""

    by: Short
    room: Short


class Said(msgspec.Struct, frozen=True, order=True):
    """When and by whom something was said last; they order what was said at both sides of a cut."""

    at: Millis = -1
    room: str = ""
    by: str = ""


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """A drawing as it is now. shaped, sized, ended, worded: who changed each thing last, and when; of what was never
    changed the time is below 0. words: whether something is written with it; text: None where it is closed."""

    ref: str
    at: Millis
    by: str
    room: str
    seat: str
    shape: Shape
    kind: Kind
    points: tuple[tuple[float, float], ...]
    radius: float
    until: Millis
    incident: str | None
    words: bool
    text: str | None = None
    shaped: Said = Said()
    sized: Said = Said()
    ended: Said = Said()
    worded: Said = Said()
    removed: Said | None = None

    @property
    def over(self) -> Millis | None:
        """From when on it does not count, whatever its incident does; None while it has no end."""
        ends = [self.until] if self.until else []
        return min([*ends, self.removed.at] if self.removed is not None else ends, default=None)

    @property
    def changed(self) -> Said:
        """Who changed it last; below 0 in time when nobody did."""
        return max(self.shaped, self.sized, self.ended, self.worded)

    def counts(self, now: Millis) -> bool:
        """Whether it counts at this moment, as far as it goes without its incident."""
        return self.removed is None and (not self.until or self.until > now)


class Draw(Command, frozen=True, kw_only=True, tag="draw"):
    """Draw something on everybody's map. `drawing` comes from the desk. incident: one of the same region.

    Raises ValueError for a shape that is none, which for the API is input that is not valid.
    """

    region: Region
    drawing: Id
    shape: Shape
    kind: Kind
    points: Points
    radius: Radius = 0.0
    until: Until = 0
    incident: Ref | None = None
    text: Words = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS[self.shape]:
            raise ValueError(f"a {self.shape} is one of {', '.join(KINDS[self.shape])}")
        if self.incident is not None and self.incident.partition("/")[0] != self.region:
            raise ValueError("the incident is of another region")
        if wrong := fault(self.shape, self.points, self.radius):
            raise ValueError(wrong)


class ChangeDrawing(Command, frozen=True, kw_only=True, tag="change_drawing"):
    """Change its shape, its end or its words; what is not given stays. until: 0 takes its end away."""

    drawing: Ref
    points: Points | None = None
    radius: Radius | None = None
    until: Until | None = None
    text: Words | None = None


class RemoveDrawing(Command, frozen=True, kw_only=True, tag="remove_drawing"):
    """Take it away. It does not come back: what is needed again is drawn again."""

    drawing: Ref


DrawingCommand = Draw | ChangeDrawing | RemoveDrawing
DrawingEvent = DrawingDrawn | DrawingChanged | DrawingRemoved


def fault(shape: Shape, points: tuple[tuple[float, float], ...], radius: float) -> str:
    """What is wrong with a shape, empty when nothing is."""
    if not all(math.isfinite(x) and math.isfinite(y) for x, y in points) or not math.isfinite(radius):
        return "a number is none"
    if len(points) < FEWEST[shape] or (shape in ("mark", "circle") and len(points) > 1):
        return f"a {shape} has {FEWEST[shape]} points{'' if shape in ('mark', 'circle') else ' or more'}"
    if (radius > 0) != (shape == "circle"):
        return "a circle has a radius above 0, and nothing else has one"
    xs, ys = zip(*points, strict=True)
    if max(max(xs) - min(xs), max(ys) - min(ys)) > WIDEST:
        return f"it reaches further than {WIDEST:.0f} metres"
    return ""


def functions_needed(command: DrawingCommand) -> tuple[tuple[str, ...], ...]:
    """The functions of which the writer's room must prove ownership: of every inner tuple at least one."""
    region = command.region if isinstance(command, Draw) else command.drawing.partition("/")[0]
    return (working_in(region, DISCIPLINES),)


def decide(drawing: Drawing | None, command: DrawingCommand, context: Context) -> list[Event]:
    """What follows from the command, or Refused with the reason."""
    if isinstance(command, Draw):
        return _draw(drawing, command, context)
    if drawing is None:
        raise Refused("drawing.unknown")
    if isinstance(command, RemoveDrawing):
        return [DrawingRemoved(by=context.actor, room=context.room)] if drawing.counts(context.now) else []
    return _change(drawing, command, context)


def evolve(drawing: Drawing | None, event: Event, ref: str, occurred: Millis) -> Drawing:
    """The drawing after the event. Raises ValueError for what is said of one that was never drawn."""
    if drawing is None:
        if not isinstance(event, DrawingDrawn):
            raise ValueError(f"drawing {ref} begins with {type(event).__name__}")
        facts = {name: getattr(event, name) for name in event.__struct_fields__}
        return Drawing(ref=ref, at=occurred, **facts)
    match event:
        case DrawingChanged():
            return _changed(drawing, event, Said(occurred, event.room, event.by))
        case DrawingRemoved():
            gone = Said(occurred, event.room, event.by)
            return msgspec.structs.replace(drawing, removed=min(drawing.removed or gone, gone))
    return drawing


def _draw(drawing: Drawing | None, command: Draw, context: Context) -> list[Event]:
    if drawing is not None:
        raise Refused("drawing.exists")
    _must_end(command.until, context)
    text = command.text.strip()
    return [
        DrawingDrawn(
            by=context.actor,
            room=context.room,
            seat=context.seat,
            shape=command.shape,
            kind=command.kind,
            points=command.points,
            radius=command.radius,
            until=command.until,
            incident=command.incident,
            words=bool(text),
            text=text or None,
        )
    ]


def _change(drawing: Drawing, command: ChangeDrawing, context: Context) -> list[Event]:
    if not drawing.counts(context.now):
        raise Refused("drawing.over")
    points = drawing.points if command.points is None else command.points
    radius = drawing.radius if command.radius is None else command.radius
    if fault(drawing.shape, points, radius):
        raise Refused("drawing.no_shape")
    until = None if command.until == drawing.until else command.until
    if until is not None:
        _must_end(until, context)
    text = None if command.text is None else command.text.strip()
    # The words that stand are sealed to the rules too: they count as changed when somebody gives any.
    words = bool(text) if text is not None and (text or drawing.words) else None
    if (points, radius) == (drawing.points, drawing.radius) and until is None and words is None:
        return []
    return [
        DrawingChanged(
            by=context.actor,
            room=context.room,
            points=() if points == drawing.points else points,
            radius=None if radius == drawing.radius else radius,
            until=until,
            words=words,
            text=text or None,
        )
    ]


def _must_end(until: Millis, context: Context) -> None:
    if until and until <= context.now:
        raise Refused("drawing.ended")


def _changed(drawing: Drawing, event: DrawingChanged, said: Said) -> Drawing:
    """Of each thing the latest word; two of one moment by the same hand are ordered by what they say."""
    replace = msgspec.structs.replace
    if event.points and (said, event.points) > (drawing.shaped, drawing.points):
        drawing = replace(drawing, points=event.points, shaped=said)
    if event.radius is not None and (said, event.radius) > (drawing.sized, drawing.radius):
        drawing = replace(drawing, radius=event.radius, sized=said)
    if event.until is not None and (said, event.until) > (drawing.ended, drawing.until):
        drawing = replace(drawing, until=event.until, ended=said)
    if event.words is not None:
        stands = (drawing.worded, drawing.words, drawing.text or "")
        if (said, event.words, event.text or "") > stands:
            drawing = replace(drawing, words=event.words, text=event.text, worded=said)
    return drawing
