"""Where calls go: sent on to another room, waiting for somebody who may answer, or to be called back."""

from __future__ import annotations

from collections import Counter

from meldkamer.domain.call import Call, CallState
from meldkamer.intake import kind_of
from meldkamer.network import Picture


class Flow:
    """Counted as calls change; the picture also holds what is over, too much to search each second."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._away: dict[str, Call] = {}
        self._waiting: dict[str, Call] = {}
        self._due: dict[str, Call] = {}

    def forget(self) -> None:
        """Everything is counted anew."""
        self._away, self._waiting, self._due = {}, {}, {}

    def count(self, ref: str) -> None:
        """Take over how a call is now."""
        call = self._picture.calls.get(ref)
        self._away.pop(ref, None)
        self._waiting.pop(ref, None)
        self._due.pop(ref, None)
        if call is None or call.test:
            return
        if call.call_back == "due":
            self._due[ref] = call
        if call.waiting:
            self._waiting[ref] = call
        if (call.waiting or call.state is CallState.ANSWERED) and call.owner and call.owner != call.room:
            self._away[ref] = call

    def away(self) -> dict[str, dict[str, int]]:
        """Room -> rule -> how many calls of its functions ring or are answered in another room by this rule."""
        found: dict[str, Counter[str]] = {}
        for call in self._away.values():
            found.setdefault(call.owner, Counter())[call.rule] += 1
        return {room: dict(rules) for room, rules in found.items()}

    def due(self) -> list[Call]:
        """Calls of people who hung up and are not called back yet."""
        return list(self._due.values())

    def stuck(self) -> list[Call]:
        """Calls that wait at no seat and for which nobody qualified is signed in anywhere."""
        if not self._waiting:
            return []
        kinds = {
            kind
            for desk in self._picture.desks.values()
            if desk.state == "up"
            for seat in desk.seats.values()
            for kind in seat.qualified
        }
        return [call for call in self._waiting.values() if not call.seat and kind_of(call.function) not in kinds]
