"""Alarms set aside: with an end and a name, and never an emergency button."""

from __future__ import annotations

import msgspec
import pytest

from meldkamer.domain import shelf
from meldkamer.domain.basics import Context, Refused

MINUTE = 60_000


def at(now: int, room: str = "RT") -> Context:
    return Context(now=now, actor="anna", room=room)


def command(key: str = "waiting RT/c1", cause: str = "waiting", minutes: int = 10) -> shelf.ShelveAlarm:
    return shelf.ShelveAlarm(room="RT", cause=cause, key=key, text="a call waits", minutes=minutes)


def shelve(
    shelved: tuple[shelf.Shelved, ...], now: int, given: shelf.ShelveAlarm | None = None
) -> tuple[shelf.Shelved, ...]:
    for event in shelf.decide(shelved, given or command(), at(now)):
        assert isinstance(event, shelf.AlarmShelved)
        shelved = shelf.shelved_after(shelved, event, now)
    return shelved


def test_it_ends_by_itself_and_names_who() -> None:
    (one,) = shelve((), 1_000)
    assert (one.by, one.at, one.until) == ("anna", 1_000, 1_000 + 10 * MINUTE)
    # The next one that is set aside finds it gone.
    (other,) = shelve((one,), one.until, command("unseen a1", "unseen"))
    assert other.key == "unseen a1"


def test_nothing_shelves_the_emergency_button() -> None:
    with pytest.raises(Refused) as refused:
        shelf.decide((), command(cause="emergency"), at(0))
    assert refused.value.code == "alarm.never_shelved"


def test_only_the_own_room_and_no_longer_than_half_an_hour() -> None:
    with pytest.raises(Refused) as refused:
        shelf.decide((), command(), at(0, "LB"))
    assert refused.value.code == "desk.not_your_room"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"room": "RT", "cause": "waiting", "key": "k", "text": "", "minutes": 31}, shelf.ShelveAlarm)


def test_it_is_taken_back() -> None:
    shelved = shelve((), 0)
    (event,) = shelf.decide(shelved, shelf.UnshelveAlarm(room="RT", key="waiting RT/c1"), at(5))
    assert isinstance(event, shelf.AlarmUnshelved)
    assert shelf.shelved_after(shelved, event, 5) == ()
    assert shelf.decide((), shelf.UnshelveAlarm(room="RT", key="waiting RT/c1"), at(5)) == []
