"""The life of a call: every path a caller can take, and what the rules refuse."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.domain import call as c
from meldkamer.domain.basics import Context, Refused

REF = "RT/c1"
NOW = 1_767_225_600_000


def at(actor: str = "rt.112", room: str = "RT") -> Context:
    return Context(now=NOW, actor=actor, room=room, seat=f"{room}-1")


def fold(events: list[object], call: c.Call | None = None) -> c.Call:
    for n, event in enumerate(events):
        call = c.evolve(call, event, REF, NOW + n)  # type: ignore[arg-type]
    assert call is not None
    return call


def received() -> c.Call:
    command = c.ReceiveCall(call="c1", region="RT", function="RT.112", channel="112", number="0612345678")
    return fold(list(c.decide(None, command, at())))


def answered() -> c.Call:
    call = received()
    return fold(list(c.decide(call, c.AnswerCall(call=REF), at())), call)


def test_a_call_waits_until_somebody_answers() -> None:
    assert received().waiting
    call = answered()
    assert call.state is c.CallState.ANSWERED
    assert (call.answered_by, call.room) == ("rt.112", "RT")


def test_the_second_to_answer_is_told_who_was_first() -> None:
    with pytest.raises(Refused) as refused:
        c.decide(answered(), c.AnswerCall(call=REF), at("lb.112", "LB"))
    assert refused.value.code == "call.already_answered"
    assert refused.value.params["by"] == "rt.112"


def test_a_caller_who_hangs_up_first_must_be_called_back() -> None:
    call = received()
    call = fold(list(c.decide(call, c.AbandonCall(call=REF), at())), call)
    assert call.call_back == "due"
    call = fold(list(c.decide(call, c.CallBack(call=REF, result="no_answer"), at())), call)
    assert call.call_back == "due"
    call = fold(list(c.decide(call, c.CallBack(call=REF, result="reached"), at())), call)
    assert (call.call_back, call.call_backs) == ("done", 2)
    with pytest.raises(Refused, match="no_call_back_due"):
        c.decide(call, c.CallBack(call=REF, result="reached"), at())


def test_one_person_calls_back_and_another_may_take_it_over_later() -> None:
    call = fold(list(c.decide(received(), c.AbandonCall(call=REF), at())), received())
    call = fold(list(c.decide(call, c.TakeCallBack(call=REF), at())), call)
    assert (call.call_back, call.call_back_by) == ("due", "rt.112")
    assert c.decide(call, c.TakeCallBack(call=REF), at()) == [], "it is so already"
    with pytest.raises(Refused) as refused:
        c.decide(call, c.TakeCallBack(call=REF), at("rt.other"))
    assert (refused.value.code, refused.value.params["by"]) == ("call.call_back_taken", "rt.112")
    later = Context(now=NOW + c.BACK_TERM, actor="rt.other", room="RT")
    call = fold(list(c.decide(call, c.TakeCallBack(call=REF), later)), call)
    assert call.call_back_by == "rt.other"
    # What was done is a fact, whoever had said that they would do it.
    call = fold(list(c.decide(call, c.CallBack(call=REF, result="no_answer"), at())), call)
    assert (call.call_back, call.call_back_by, call.call_back_result) == ("due", "", "no_answer")
    call = fold(list(c.decide(call, c.CallBack(call=REF, result="given_up"), at())), call)
    assert (call.call_back, call.call_back_by, call.call_back_result) == ("done", "rt.112", "given_up")


def test_why_it_rings_there_stays_with_it_until_another_room_answers() -> None:
    figures = c.Figures(waited=20.0, limit=20.0, preference=4)
    offer = c.OfferCall(call=REF, room="LB", seat="LB-1", rule="overflow_time", owner="RT", figures=figures)
    call = fold(list(c.decide(received(), offer, at())), received())
    assert (call.rule, call.owner, call.figures) == ("overflow_time", "RT", figures)
    there = fold(list(c.decide(call, c.AnswerCall(call=REF), at("lb.112", "LB"))), call)
    assert (there.rule, there.owner, there.figures) == ("overflow_time", "RT", figures)
    home = fold(list(c.decide(call, c.AnswerCall(call=REF), at())), call)
    assert (home.rule, home.owner, home.figures) == ("", "", None)


def test_a_transfer_puts_the_caller_back_in_a_queue_with_the_summary() -> None:
    call = answered()
    command = c.TransferCall(call=REF, function="RT.B.intake", disciplines="B", summary="brand in keuken")
    call = fold(list(c.decide(call, command, at())), call)
    assert (call.state, call.function, call.room, call.summary) == (
        c.CallState.QUEUED,
        "RT.B.intake",
        "",
        "brand in keuken",
    )


def test_an_offer_that_already_stands_is_not_repeated() -> None:
    call = received()
    offer = c.OfferCall(call=REF, room="LB", seat="LB-1", rule="takeover")
    call = fold(list(c.decide(call, offer, at())), call)
    assert call.rule == "takeover"
    assert c.decide(call, offer, at()) == []


def noted(call: c.Call, **given: object) -> c.Call:
    return fold(list(c.decide(call, c.NoteSpeaking(call=REF, **given), at())), call)  # type: ignore[arg-type]


def test_how_to_speak_with_a_caller_stays_with_the_call_until_it_is_taken_away() -> None:
    call = noted(answered(), language="pl")
    assert (call.language, call.ways, call.language_noted > 0, call.ways_noted) == ("pl", None, True, 0)
    call = noted(call, ways=("interpreter", "deaf", "interpreter"))
    assert (call.language, call.ways, call.ways_noted > 0) == ("pl", "interpreter deaf", True)
    call = fold(list(c.decide(call, c.TransferCall(call=REF, function="RT.B.intake"), at())), call)
    call = fold(list(c.decide(call, c.AbandonCall(call=REF), at())), call)
    assert (call.call_back, call.language, call.ways) == ("due", "pl", "interpreter deaf")
    call = noted(call, ways=())
    assert (call.language, call.ways, call.ways_noted) == ("pl", None, 0)
    call = noted(call, language="")
    assert (call.language, call.language_noted) == (None, 0)


def test_who_may_not_read_it_sees_that_there_is_something_and_never_what() -> None:
    """As the shared picture folds it: the sealed fields are absent, also after they changed."""
    call = answered()
    for told in ({"language": "pl"}, {"ways": ("deaf",)}, {"language": "rif"}):
        [event] = c.decide(call, c.NoteSpeaking(call=REF, **told), at())
        assert isinstance(event, c.CallSpeakingNoted)
        call = fold([msgspec.structs.replace(event, language=None, ways=None)], call)
    assert (call.language, call.ways) == (None, None)
    assert call.language_noted and call.ways_noted


@pytest.mark.parametrize(
    ("call", "command", "code"),
    [
        (None, c.AnswerCall(call=REF), "call.unknown"),
        (received(), c.EndCall(call=REF), "call.not_answered"),
        (received(), c.TransferCall(call=REF, function="RT.B.intake"), "call.not_answered"),
        (answered(), c.OfferCall(call=REF, room="RT", rule="queue"), "call.not_waiting"),
        (answered(), c.AbandonCall(call=REF), "call.not_waiting"),
        (received(), c.ReceiveCall(call="c1", region="RT", function="RT.112", channel="112"), "call.exists"),
        (received(), c.IdentifyCaller(call=REF), "call.nothing_given"),
        (answered(), c.NoteSpeaking(call=REF), "call.no_speaking_given"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(call: c.Call | None, command: c.CallCommand, code: str) -> None:
    with pytest.raises(Refused) as refused:
        c.decide(call, command, at())
    assert refused.value.code == code


COMMANDS = st.sampled_from(
    [
        c.OfferCall(call=REF, room="RT", rule="queue"),
        c.AnswerCall(call=REF),
        c.TransferCall(call=REF, function="RT.A.intake"),
        c.AbandonCall(call=REF),
        c.EndCall(call=REF),
        c.TakeCallBack(call=REF),
        c.CallBack(call=REF, result="reached"),
        c.CallBack(call=REF, result="no_answer"),
        c.LinkCall(call=REF, incident="RT/i1"),
        c.IdentifyCaller(call=REF, name="Jansen"),
        c.NoteSpeaking(call=REF, language="pl", ways=("deaf",)),
    ]
)


@given(st.lists(COMMANDS, max_size=30))
def test_no_caller_is_ever_forgotten(commands: list[c.CallCommand]) -> None:
    """Whatever is tried: a caller waits, is spoken to, is owed a call back, or was served."""
    call = received()
    for n, command in enumerate(commands):
        try:
            events = c.decide(call, command, at())
        except Refused:
            continue
        for event in events:
            call = c.evolve(call, event, REF, NOW + n)
        served = call.answered is not None or call.call_back == "done"
        assert call.waiting or call.state is c.CallState.ANSWERED or call.call_back == "due" or served
        assert len(set(call.incidents)) == len(call.incidents)
