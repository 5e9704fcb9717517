"""The legal walls inside one incident: what a viewer may open of it. They hold before anything leaves the room."""

from __future__ import annotations

import msgspec

from meldkamer.access.sessions import Session
from meldkamer.domain.attention import Attention
from meldkamer.domain.basics import COMPARTMENTS
from meldkamer.domain.call import Call
from meldkamer.domain.drawing import Drawing
from meldkamer.domain.incident import Incident, Note
from meldkamer.domain.incident_rules import compartment_for
from meldkamer.domain.question import Answer
from meldkamer.domain.warning import AddressWarning

CALLER_FIELDS = ("number", "name", "said", "source", "summary", "language", "ways")
"""Fields of a call that are sealed in the compartment `caller`."""


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks. audiences: mask of the disciplines whose lines they may see; compartments: which they may open."""

    audiences: str = ""
    compartments: frozenset[str] = frozenset()


def viewer_of(session: Session) -> Viewer:
    """The viewer that a session is."""
    return Viewer(audiences=session.audiences, compartments=frozenset(session.compartments))


def redact_incident(incident: Incident, viewer: Viewer) -> tuple[Incident, tuple[str, ...]]:
    """The incident as this viewer may see it, and the compartments in which something stays closed to them.

    A line or an answer for other disciplines is left out. A line that they may know of but not open keeps its time,
    author and audience, and loses its text and the reason why it was struck; an answer keeps its question. `text=None`
    that came in (its key is gone, or it was never opened) counts as closed too.
    """
    shown: list[Note] = []
    closed: set[str] = set()
    for note in incident.notes:
        if not set(note.audience) & set(viewer.audiences):
            continue
        walls = _walls(note)
        if walls <= viewer.compartments and note.text is not None:
            shown.append(note)
            continue
        closed |= walls - viewer.compartments or walls
        shown.append(msgspec.structs.replace(note, text=None, struck_reason=""))
    answers: list[Answer] = []
    for answer in incident.answers:
        if not set(answer.audience) & set(viewer.audiences):
            continue
        walls = _walls(answer)
        if walls <= viewer.compartments and (answer.answer is not None or answer.withdrawn):
            answers.append(answer)
            continue
        if not answer.withdrawn:
            closed |= walls - viewer.compartments or walls
        answers.append(msgspec.structs.replace(answer, answer=None))
    return msgspec.structs.replace(incident, notes=tuple(shown), answers=tuple(answers)), _ordered(closed)


def redact_call(call: Call, viewer: Viewer) -> tuple[Call, tuple[str, ...]]:
    """The call as this viewer may see it, and the compartments that stay closed."""
    if "caller" in viewer.compartments:
        return call, ()
    return msgspec.structs.replace(call, **dict.fromkeys(CALLER_FIELDS)), ("caller",)


def redact_attention(attention: Attention, viewer: Viewer) -> tuple[Attention, tuple[str, ...]]:
    """The message as this viewer may see it, and the compartments that stay closed. Whom it is for, by whom and until
    when stays; words that are not for them, or whose key is gone, do not."""
    walls = _walls(attention)
    addressed = bool(set(attention.audience) & set(viewer.audiences))
    if addressed and walls <= viewer.compartments and attention.text is not None:
        return attention, ()
    closed = _ordered(set(walls - viewer.compartments or walls))
    without = msgspec.structs.replace
    return without(
        attention,
        text=None,
        source=None,
        prolonged=tuple(without(p, reason=None) for p in attention.prolonged),
        withdrawn=None if attention.withdrawn is None else without(attention.withdrawn, reason=None),
    ), closed


def redact_drawing(drawing: Drawing, viewer: Viewer) -> tuple[Drawing, tuple[str, ...]]:
    """The drawing as this viewer may see it, and the compartments that stay closed: what it is and where is for
    everybody, what is written with it may name a person."""
    if not drawing.words or ("caller" in viewer.compartments and drawing.text is not None):
        return drawing, ()
    return msgspec.structs.replace(drawing, text=None), ("caller",)


def redact_warning(warning: AddressWarning, viewer: Viewer) -> AddressWarning | None:
    """The warning as this viewer may see it; None when they may not even know that it is there.

    That police or ambulance know something of a house says something of who lives there, so nothing of it shows to
    others: no mark, no count. Whom it is for see that it is there also when its key is gone, and then without words.
    """
    addressed = bool(set(warning.audience) & set(viewer.audiences))
    return warning if addressed and _walls(warning) <= viewer.compartments else None


def opened_in(incident: Incident) -> tuple[str, ...]:
    """The compartments of which a redacted incident shows something: what the read log has to name."""
    opened: list[Note | Answer] = [note for note in incident.notes if note.text is not None]
    opened += [answer for answer in incident.answers if answer.answer is not None]
    return _ordered({wall for one in opened for wall in _walls(one)})


def _walls(note: Note | Answer | Attention | AddressWarning) -> frozenset[str]:
    # The audience decides as well as the label: a line for ambulance alone is medical whatever a writer called it.
    return frozenset({note.compartment, compartment_for(note.audience)})


def _ordered(compartments: set[str]) -> tuple[str, ...]:
    return tuple(sorted(compartments, key=lambda c: (COMPARTMENTS.index(c) if c in COMPARTMENTS else 9, c)))
