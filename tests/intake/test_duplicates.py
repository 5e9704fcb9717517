"""Possible duplicates: near, recent and alike; never more than a suggestion."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from meldkamer.domain import call, incident, incident_rules
from meldkamer.domain.basics import Location
from meldkamer.intake import Duplicates, Report
from meldkamer.network import Picture
from meldkamer.pack import Classification
from tests.intake.house import House

CLASSES = {
    c.code: c
    for c in (
        Classification("brgb01", "Brand", "Gebouw", "01 Woning", 1, ("B",)),
        Classification("brgb02", "Brand", "Gebouw", "02 Bijeenkomst", 1, ("B",)),
        Classification("brbt", "Brand", "Buiten", "", 2, ("B",)),
        Classification("ogwv", "Ongeval", "Wegvervoer", "Letsel", 1, ("A",)),
    )
}
NOW = 1_767_225_600_000
MINUTE = 60_000


def known(*incidents: incident.Incident) -> Duplicates:
    picture = Picture(lambda entry: incident.CharacteristicCleared(name=""))
    picture.incidents = {i.ref: i for i in incidents}
    return Duplicates(picture, CLASSES)


def at(ref: str, x: float, y: float, code: str = "brgb01", opened: int = NOW, radius: float | None = None):
    track = incident.Track(discipline="B", started=opened, priority=1, class_code=code)
    return incident.Incident(
        ref=ref,
        number=ref.replace("/", "-"),
        opened=opened,
        location=Location(x=x, y=y, radius=radius),
        class_code=code,
        tracks={"B": track},
    )


def asked(x: float = 0.0, y: float = 0.0, nature: str = "brgb01", minutes: float = 2, radius: float = 0.0) -> Report:
    return Report(x=x, y=y, at=NOW + int(minutes * MINUTE), nature=nature, radius=radius)


def test_the_same_house_and_class_comes_first() -> None:
    found = known(at("RT/1", 20, 0), at("RT/2", 150, 0, "brbt"), at("RT/3", 5_000, 0)).find(asked())
    assert [d.ref for d in found] == ["RT/1", "RT/2"]
    assert found[0].reason == "20 m, 2 min, same_class"
    assert found[1].nature == "same_kind"


def test_nature_weighs_by_its_levels_and_by_words() -> None:
    all_there = known(at("RT/1", 50, 0))
    natures = {n: all_there.find(asked(nature=n)) for n in ("brgb01", "brgb02", "brbt", "ogwv", "woning in brand", "")}
    scores = {n: d[0].score if d else 0.0 for n, d in natures.items()}
    assert scores["brgb01"] > scores["brgb02"] > scores["woning in brand"] > scores["brbt"] > scores[""]
    assert scores[""] > scores["ogwv"]


def test_old_far_and_closed_ones_are_not_suggested() -> None:
    closed = at("RT/9", 0, 0)
    tracks = {"B": incident.Track(discipline="B", started=NOW, priority=1, closed=NOW + 1)}
    closed = incident.Incident(
        ref="RT/9", number="RT-9", opened=NOW, location=closed.location, class_code="brgb01", tracks=tracks
    )
    assert not known(closed).find(asked())
    assert not known(at("RT/1", 0, 0)).find(asked(minutes=181))
    assert not known(at("RT/1", 401, 0)).find(asked())


def test_a_vague_place_reaches_further_but_says_less() -> None:
    there = known(at("RT/1", 700, 0))
    assert not there.find(asked())
    (vague,) = there.find(asked(radius=1_000))
    (exact,) = known(at("RT/1", 10, 0)).find(asked())
    assert vague.score < exact.score
    assert not there.find(asked(x=9_000, radius=50_000)), "a huge cell does not match half a province"


@given(
    st.lists(st.tuples(st.floats(-3_000, 3_000), st.floats(-3_000, 3_000), st.sampled_from(sorted(CLASSES)))),
    st.floats(0, 3_000),
)
def test_the_grid_finds_what_a_look_at_all_would_find(places: list, radius: float) -> None:
    duplicates = known(*(at(f"RT/{n}", x, y, code) for n, (x, y, code) in enumerate(places)))
    report = asked(radius=radius)
    all_of_them = [
        d
        for i in duplicates._picture.incidents.values()
        if (d := duplicates._compare(report, min(radius, 2_000), i)) is not None
    ]
    found = duplicates.find(report)
    assert found == sorted(all_of_them, key=lambda d: (-d.score, d.ref))[:5]
    assert all(0 < d.score <= 1 for d in found)


async def test_it_follows_the_picture(house: House) -> None:
    duplicates = Duplicates(house.picture, CLASSES)
    await house.own("RT", "RT.112", "RT.B.dispatch")
    here = Location(x=1_000.0, y=1_000.0)
    await house.do(
        "RT",
        incident_rules.OpenIncident(
            incident="i1", region="RT", location=here, disciplines="B", class_code="brgb01", priority=1
        ),
    )
    await house.do(
        "RT",
        call.ReceiveCall(call="c1", region="RT", function="RT.112", channel="112", location=here, class_hint="brgb01"),
    )
    assert [d.ref for d in duplicates.of_call("RT/c1")] == ["RT/i1"]
    assert duplicates.of_incident("RT/i1") == []
    await house.do("RT", incident_rules.Relocate(incident="RT/i1", location=Location(x=90_000.0, y=1_000.0)))
    assert duplicates.of_call("RT/c1") == []
    await house.do("RT", incident_rules.Relocate(incident="RT/i1", location=here))
    await house.do("RT", incident_rules.JoinCall(incident="RT/i1", call="RT/c1"))
    assert duplicates.of_call("RT/c1") == []


def test_asking_is_quick_among_thousands() -> None:
    many = known(*(at(f"RT/{n}", (n % 100) * 900.0, (n // 100) * 900.0) for n in range(5_000)))
    started = time.perf_counter()
    for _ in range(100):
        many.find(asked(x=40_000, y=20_000, radius=100))
    assert (time.perf_counter() - started) / 100 < 0.02
