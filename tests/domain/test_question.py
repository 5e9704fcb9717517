"""Answers to question sets: kept as facts, the newest counts, and nothing of them is lost or judged."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.domain import incident as i
from meldkamer.domain import incident_rules as r
from meldkamer.domain.basics import Context, Refused
from meldkamer.domain.merge import clash, field_of
from meldkamer.domain.question import Answer, Given, QuestionAnswered, counting, with_answer
from meldkamer.domain.registry import EVENT_TYPES
from meldkamer.domain.undo import Past, Undo, undo

REF = "RT/i1"
NOW = 1_767_225_600_000


def at(now: int = NOW, occurred: int | None = None) -> Context:
    return Context(now=now, actor="rt.ambu", room="RT", occurred=occurred)


def opened(**more: Any) -> i.Incident:
    command = r.OpenIncident(incident="i1", region="RT", disciplines="BA", number="RT-1", **more)
    incident: i.Incident | None = None
    for event in r.decide(None, command, at()):
        incident = i.evolve(incident, event, REF, NOW)
    assert incident is not None
    return incident


def answer(question: str = "awake", said: str = "no", audience: str = "A", **more: Any) -> r.AnswerQuestion:
    fields: dict[str, Any] = {"set": "s", "version": "1", "asked": "Aanspreekbaar?"} | more
    return r.AnswerQuestion(incident=REF, question=question, answer=said, audience=audience, **fields)


def run(incident: i.Incident, command: r.IncidentCommand, now: int = NOW) -> i.Incident:
    for event in r.decide(incident, command, at(now)):
        incident = i.evolve(incident, event, REF, now)
    return incident


def test_an_answer_is_kept_with_its_set_version_question_person_and_time() -> None:
    incident = run(opened(), answer(), NOW + 5)
    assert incident.answers == (
        Answer(
            set="s",
            version="1",
            question="awake",
            asked="Aanspreekbaar?",
            at=NOW + 5,
            by="rt.ambu",
            audience="A",
            compartment="medical",
            answer="no",
        ),
    )


@pytest.mark.parametrize(("audience", "seen", "wall"), [("A", "A", "medical"), ("", "PBAK", "caller")])
def test_who_may_read_it_follows_the_question(audience: str, seen: str, wall: str) -> None:
    (event,) = r.decide(opened(), answer(audience=audience), at())
    assert isinstance(event, QuestionAnswered)
    assert (event.audience, event.compartment) == (seen, wall)


def test_another_answer_stands_beside_the_first_and_counts() -> None:
    incident = run(run(opened(), answer(said="no")), answer(said="yes"), NOW + 9)
    assert [a.answer for a in incident.answers] == ["no", "yes"]
    assert counting(incident.answers)["s", "awake"].answer == "yes"


def test_an_answer_that_is_taken_back_counts_no_more_and_stays_in_the_record() -> None:
    incident = run(run(opened(), answer(said="no")), answer(said=""), NOW + 9)
    assert [(a.answer, a.withdrawn) for a in incident.answers] == [("no", False), (None, True)]
    assert counting(incident.answers) == {}


def test_it_needs_no_function_and_is_taken_also_of_a_closed_incident() -> None:
    assert r.functions_needed(answer()) == ()
    incident = opened()
    for d in "BA":
        incident = run(incident, r.CloseTrack(incident=REF, discipline=d, code="x"))
    assert incident.closed and len(run(incident, answer()).answers) == 1
    with pytest.raises(Refused, match=r"incident\.unknown"):
        r.decide(None, answer(), at())


def test_answers_come_with_an_incident_that_is_opened_each_with_its_own_time() -> None:
    given = [("awake", "no", NOW - 40_000, "A"), ("door", "yes", 0, ""), ("later", "yes", NOW + 99_000, "")]
    incident = opened(
        answers=tuple(Given(set="s", version="1", question=q, answer=a, at=t, audience=w) for q, a, t, w in given),
        characteristics={"Soort wapen": "Nee"},
    )
    # Nobody can have answered later than now, whatever a clock at a desk says.
    assert [(a.question, a.at, a.compartment) for a in incident.answers] == [
        ("awake", NOW - 40_000, "medical"),
        ("door", NOW, "caller"),
        ("later", NOW, "caller"),
    ]
    assert incident.characteristics == {"Soort wapen": "Nee"}


def test_facts_from_an_island_unite_and_never_become_a_conflict() -> None:
    (ours,) = r.decide(opened(), answer(said="no"), at())
    (theirs,) = r.decide(opened(), answer(said="yes"), at())
    assert field_of(ours) is None and clash(REF, [theirs], ours) is None


def test_what_was_sealed_cannot_be_put_back_by_undo() -> None:
    first = r.decide(None, r.OpenIncident(incident="i1", region="RT", disciplines="A", number="RT-1"), at())
    (said,) = r.decide(opened(), answer(), at())
    history = [Past(e, NOW, NOW, "rt.ambu", "c0") for e in first] + [Past(said, NOW, NOW, "rt.ambu", "c1")]
    with pytest.raises(Refused, match=r"undo\.not_possible"):
        undo(REF, history, Undo(incident=REF, command="c1"), at())


def test_it_is_stored_under_its_name_and_only_the_answer_is_sealed() -> None:
    from meldkamer.record.sealing import sealed_fields

    assert EVENT_TYPES["incident.question_answered"] is QuestionAnswered
    assert sealed_fields(QuestionAnswered) == {"answer": "@compartment"}


@pytest.mark.parametrize(
    "bad",
    [
        {"set": "a b"},
        {"set": ""},
        {"version": "x" * 21},
        {"version": "a/b"},
        {"question": "q\n"},
        {"answer": "x" * 501},
        {"extra": 1},
        {"set": None},
    ],
)
def test_what_comes_in_is_bounded(bad: dict[str, Any]) -> None:
    fields = {"type": "answer_question", "incident": REF, "set": "s", "version": "1", "question": "q", "answer": "yes"}
    assert msgspec.convert(fields, r.AnswerQuestion).answer == "yes"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(fields | bad, r.AnswerQuestion)


def test_no_more_answers_come_with_an_incident_than_a_long_set_has() -> None:
    one = {"set": "s", "version": "1", "question": "q", "answer": "yes"}
    fields = {"type": "open_incident", "incident": "i1", "region": "RT"}
    assert len(msgspec.convert({**fields, "answers": [one] * 60}, r.OpenIncident).answers) == 60
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**fields, "answers": [one] * 61}, r.OpenIncident)


EVENTS = st.builds(
    QuestionAnswered,
    set=st.sampled_from(["s", "t"]),
    version=st.sampled_from(["1", "2"]),
    question=st.sampled_from(["a", "b"]),
    asked=st.just("?"),
    audience=st.sampled_from(["A", "PBAK"]),
    compartment=st.sampled_from(["caller", "medical"]),
    by=st.just("p"),
    at=st.sampled_from([0, NOW - 5, NOW + 5]),
    withdrawn=st.booleans(),
    answer=st.sampled_from(["yes", "no", None]),
)


@given(st.lists(st.tuples(EVENTS, st.integers(NOW, NOW + 10)), max_size=12))
def test_every_answer_is_kept_by_time_and_of_each_question_one_counts(told: list[tuple[QuestionAnswered, int]]) -> None:
    answers: tuple[Answer, ...] = ()
    for event, occurred in told:
        answers = with_answer(answers, event, occurred)
    assert len(answers) == len(told)
    assert [a.at for a in answers] == sorted(a.at for a in answers)
    assert all(a.at <= max(occurred for _, occurred in told) for a in answers)
    counted = counting(answers)
    for key in {(a.set, a.question) for a in answers}:
        newest = [a for a in answers if (a.set, a.question) == key][-1]
        assert counted.get(key) == (None if newest.withdrawn else newest)


@given(st.permutations([(f"q{n}", NOW - n) for n in range(6)]))
def test_the_order_in_which_they_arrive_does_not_matter(told: list[tuple[str, int]]) -> None:
    answers: tuple[Answer, ...] = ()
    for question, when in told:
        event = QuestionAnswered(
            set="s", version="1", question=question, asked="", audience="A", compartment="medical", by="p", at=when
        )
        answers = with_answer(answers, event, NOW)
    assert [a.question for a in answers] == ["q5", "q4", "q3", "q2", "q1", "q0"]
