"""The door: whatever a channel says, no caller is lost and nothing is stored twice."""

from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meldkamer.domain.basics import Refused
from meldkamer.domain.call import AnswerCall, CallReceived, CallState, ReceiveCall
from meldkamer.intake import ChannelEvent, ChannelLocation, Door
from tests.intake.house import House

FUNCTIONS = ("RT.112", "DH.112", "NL.112", "RT.B.intake")
ROTTERDAM = ChannelLocation(lat=51.92, lon=4.48, radius=30.0, source="aml")
SYSTEM = "pbx-1"


def locate(lat: float, lon: float, radius: float) -> str | None:
    if lat > 53:
        raise ValueError("at sea")
    return "RT" if lon < 4.6 else "LB"


def a_door(house: House, first_answer: str = "by_location") -> Door:
    return Door(house.picture, FUNCTIONS, first_answer, locate, lambda lat, lon: (lon * 20_000, lat * 8_000))  # type: ignore[arg-type]


def an_event(kind: str = "offered", event_id: str = "e1", **more) -> ChannelEvent:
    return ChannelEvent(event_id=event_id, call_id="sip-1", kind=kind, **more)


async def take(house: House, door: Door, event: ChannelEvent):
    return await door.take(event, SYSTEM, house.handlers["RT"], house.clock)


async def test_by_location_it_goes_to_the_region(house: House) -> None:
    accepted = await take(house, a_door(house), an_event(location=ROTTERDAM, number="0612345678"))
    c = house.picture.calls[accepted.call]
    assert (c.function, accepted.outcome, accepted.duplicate) == ("RT.112", "SAFE", False)
    assert c.locations[0].x == 89_600.0 and c.locations[0].radius == 30.0 and c.locations[0].source == "aml"


@pytest.mark.parametrize("occurred", [-2_208_988_800_000, 0, 10**18])
async def test_a_channel_whose_clock_is_wrong_makes_nobody_wait_since_1900(house: House, occurred: int) -> None:
    accepted = await take(house, a_door(house), an_event(occurred=occurred))
    assert house.picture.calls[accepted.call].waiting_since == house.clock.now()


@pytest.mark.parametrize(
    "location",
    [
        None,
        ChannelLocation(lat=51.0, lon=5.7),
        ChannelLocation(lat=54.0, lon=4.0),
        ChannelLocation(lat=math.nan, lon=9),
    ],
    ids=["nowhere", "a region without 112", "at sea", "not a number"],
)
async def test_a_call_that_cannot_be_placed_enters_nationally(house: House, location: ChannelLocation | None) -> None:
    accepted = await take(house, a_door(house), an_event(location=location))
    assert house.picture.calls[accepted.call].function == "NL.112"


async def test_national_first_does_not_look_at_the_location(house: House) -> None:
    accepted = await take(house, a_door(house, "national_first"), an_event(location=ROTTERDAM))
    assert accepted.call.startswith("NL/") and house.picture.calls[accepted.call].function == "NL.112"


async def test_a_function_that_is_given_holds_and_one_that_does_not_exist_loses_nobody(house: House) -> None:
    door = a_door(house)
    given = await take(house, door, an_event(function="RT.B.intake"))
    assert house.picture.calls[given.call].function == "RT.B.intake"
    other = ChannelEvent(event_id="e2", call_id="sip-2", kind="offered", function="XX.112")
    assert house.picture.calls[(await take(house, door, other)).call].function == "NL.112"


async def test_the_same_event_twice_is_one_call(house: House) -> None:
    door = a_door(house)
    first = await take(house, door, an_event())
    await take(house, door, ChannelEvent(event_id="e5", call_id="sip-5", kind="offered"))
    again = await take(house, door, an_event())
    repeated = await take(house, door, an_event(event_id="e9"))
    assert first.call == again.call == repeated.call
    assert (again.duplicate, repeated.duplicate) == (True, True)
    assert (again.seq, repeated.seq) == (first.seq, 0), "where it stands, not where the region ends by now"
    assert len(house.events(CallReceived)) == 2


async def test_two_systems_may_use_the_same_call_id(house: House) -> None:
    door = a_door(house)
    one = await door.take(an_event(), "pbx-1", house.handlers["RT"], house.clock)
    two = await door.take(an_event(), "pbx-2", house.handlers["RT"], house.clock)
    assert one.call != two.call


async def test_hanging_up_means_what_is_true_then(house: House) -> None:
    door = a_door(house)
    ref = (await take(house, door, an_event())).call
    ended = await take(house, door, an_event("ended", "e2"))
    assert house.picture.calls[ref].state is CallState.ABANDONED and house.picture.calls[ref].call_back == "due"
    assert (await take(house, door, an_event("ended", "e3"))).duplicate and ended.call == ref


async def test_an_answered_call_ends(house: House) -> None:
    door = a_door(house)
    ref = (await take(house, door, an_event())).call
    await house.do("RT", AnswerCall(call=ref), seat="RT-1")
    await take(house, door, an_event("abandoned", "e2"))
    assert (house.picture.calls[ref].state, house.picture.calls[ref].end_reason) == (CallState.ENDED, "dropped")


async def test_who_hung_up_before_we_heard_of_the_call_is_called_back(house: House) -> None:
    door = a_door(house)
    accepted = await take(house, door, an_event("abandoned", "e2", number="0612345678"))
    assert house.picture.calls[accepted.call].call_back == "due"
    assert (await take(house, door, an_event("offered", "e1"))).duplicate


async def test_unknown_kinds_and_ends_without_a_beginning_are_refused_by_name(house: House) -> None:
    door = a_door(house)
    with pytest.raises(Refused) as kind:
        door.steps(an_event("ringing"), SYSTEM)
    assert (kind.value.code, kind.value.params["kind"]) == ("channel.kind_unknown", "ringing")
    with pytest.raises(Refused) as end:
        door.steps(an_event("ended"), SYSTEM)
    assert end.value.code == "call.unknown"


texts = st.text(max_size=300) | st.just("x" * 9_000)
anything = st.builds(
    ChannelEvent,
    event_id=st.just("e"),
    call_id=st.text(min_size=1, max_size=50),
    kind=st.just("offered"),
    line=texts,
    channel=texts,
    function=texts,
    number=st.none() | texts,
    name=st.none() | texts,
    disciplines=st.text(alphabet="PBAKX9", max_size=9),
    class_hint=texts,
    priority_hint=st.none() | st.integers(),
    said=st.none() | texts,
    source=st.none() | texts,
    location=st.none()
    | st.builds(
        ChannelLocation,
        lat=st.floats(),
        lon=st.floats(),
        radius=st.none() | st.floats(),
        source=texts,
    ),
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(anything, st.sampled_from(["national_first", "by_location"]))
async def test_whatever_comes_in_becomes_a_command_that_can_be_stored(
    house: House, event: ChannelEvent, first: str
) -> None:
    (step,) = a_door(house, first).steps(event, SYSTEM)
    assert isinstance(step.command, ReceiveCall)
    assert step.command.function in FUNCTIONS
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(step.command), type=ReceiveCall) == step.command
