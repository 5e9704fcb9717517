"""What people say to each other, and a shift that is handed over: pure rules."""

from __future__ import annotations

from typing import Any

import pytest

from meldkamer.domain import chat
from meldkamer.domain.basics import Context, Event, Refused


def at(now: int, actor: str = "anna", room: str = "RT", seat: str = "RT-01") -> Context:
    return Context(now=now, actor=actor, room=room, seat=seat)


class Told:
    """A talk and how it came about."""

    def __init__(self) -> None:
        self.talk, self.now = chat.Talk(), 0

    def do(self, command: chat.ChatCommand, **who: Any) -> list[Event]:
        self.now += 1
        events = chat.decide(self.talk, command, at(self.now, **who))
        for event in events:
            self.talk = chat.talk_after(self.talk, event, self.now)
        return events


def left(n: str) -> chat.LeaveHandOver:
    return chat.LeaveHandOver(talk="shift-RT", hand_over=n, text="two fires")


def taken(n: str) -> chat.TakeHandOver:
    return chat.TakeHandOver(talk="shift-RT", hand_over=n)


def refusal(told: Told, command: chat.ChatCommand, **who: Any) -> str:
    with pytest.raises(Refused) as refused:
        told.do(command, **who)
    return refused.value.code


@pytest.mark.parametrize(
    ("audience", "seen_by", "compartment"),
    [("", "PBAK", "caller"), ("A", "A", "medical"), ("PK", "PK", "police"), ("B", "B", "caller")],
)
def test_what_is_said_is_sealed_for_its_audience(audience: str, seen_by: str, compartment: str) -> None:
    told = Told()
    (said,) = told.do(chat.Say(talk="chat-LB-RT", line="l1", text="hello", audience=audience))
    assert isinstance(said, chat.ChatSaid)
    assert (said.audience, said.compartment, said.by, said.room) == (seen_by, compartment, "anna", "RT")
    assert (told.talk.lines, told.talk.by, told.talk.room) == (1, "anna", "RT")


@pytest.mark.parametrize(
    ("talk", "room", "code"),
    [
        ("chat-LB-RT", "OB", "chat.other_room"),
        ("shift-RT", "LB", "chat.other_room"),
        ("chat-RT-LB", "RT", "chat.malformed"),
        ("chat-RT-RT", "RT", "chat.malformed"),
    ],
)
def test_only_those_who_take_part_say_anything(talk: str, room: str, code: str) -> None:
    assert refusal(Told(), chat.Say(talk=talk, line="l", text="x"), room=room) == code


@pytest.mark.parametrize("room", ["RT", "LB", "N1"])
def test_everybody_takes_part_in_the_talk_of_all(room: str) -> None:
    assert Told().do(chat.Say(talk="chat-NL", line="l", text="x"), room=room)


def test_blanks_say_nothing() -> None:
    assert refusal(Told(), chat.Say(talk="chat-RT", line="l", text=" \n ")) == "chat.empty"
    assert refusal(Told(), chat.LeaveHandOver(talk="shift-RT", hand_over="h", text=" ")) == "chat.empty"


def test_a_shift_is_taken_over_once_and_by_somebody_else() -> None:
    told = Told()
    told.do(left("h1"))
    assert refusal(told, taken("h1")) == "hand_over.own"
    assert refusal(told, taken("h9"), actor="bram") == "hand_over.gone"
    told.do(taken("h1"), actor="bram")
    assert told.talk.open == ()
    assert told.talk.last_taken is not None
    assert (told.talk.last_taken.by, told.talk.last_taken.taken_by) == ("anna", "bram")
    assert refusal(told, taken("h1"), actor="carla") == "hand_over.gone"


def test_what_somebody_leaves_again_replaces_what_they_left() -> None:
    told = Told()
    told.do(left("h1"))
    told.do(left("h2"), actor="bram")
    told.do(left("h3"))
    assert [h.hand_over for h in told.talk.open] == ["h2", "h3"]


def test_hand_overs_stand_in_the_log_of_the_own_room_only() -> None:
    command = chat.LeaveHandOver(talk="chat-RT", hand_over="h", text="x")
    assert refusal(Told(), command) == "chat.malformed"


def test_the_fold_is_total() -> None:
    talk = chat.Talk()
    assert chat.talk_after(talk, chat.HandOverTaken(hand_over="h", by="p"), 5) == talk
