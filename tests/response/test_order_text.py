"""What the crew reads."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from meldkamer.domain import incident, unit
from meldkamer.domain.basics import Location
from meldkamer.response import order_text

ENGINE = unit.Unit(ref="RT/17-0131", discipline="B", kind="TS", function="RT.B.dispatch")


def assigned(number: str = "RT-4312", priority: int = 1) -> unit.Assignment:
    return unit.Assignment(
        assignment="o1", incident="RT/i1", number=number, priority=priority, role="", state="ordered",
        ordered=0, since=0, by="x",
    )  # fmt: skip


def there(location: Location, code: str = "brgb01", text: str = "") -> incident.Incident:
    return incident.Incident(
        ref="RT/i1", number="RT-4312", opened=0, location=location, class_code=code, class_text=text
    )


def names(code: str) -> str:
    return {"brgb01": "Brand Gebouw Woning"}.get(code, "")


def test_priority_number_class_and_place() -> None:
    text = order_text(ENGINE, assigned(), there(Location(text="Coolsingel 40", place="Rotterdam")), names)
    assert text == "P1 RT-4312 Brand Gebouw Woning Coolsingel 40 Rotterdam"


def test_the_town_is_not_said_twice_and_a_bare_point_is_said_in_numbers() -> None:
    assert order_text(
        ENGINE, assigned(), there(Location(text="Hofplein Rotterdam", place="Rotterdam")), names
    ).endswith("Woning Hofplein Rotterdam")
    assert order_text(ENGINE, assigned(), there(Location(x=92_500.4, y=437_000.0)), names).endswith("RD 92500 437000")


def test_its_own_discipline_has_its_own_class_and_unknown_codes_keep_their_words() -> None:
    track = incident.Track(discipline="B", started=0, priority=1, class_code="zz", class_text="vreemde lucht")
    mixed = incident.Incident(
        ref="RT/i1", number="RT-1", opened=0, location=Location(), class_code="brgb01", tracks={"B": track}
    )
    assert order_text(ENGINE, assigned(), mixed, names) == "P1 RT-4312 vreemde lucht"


def test_without_the_incident_the_number_is_enough_to_leave() -> None:
    assert order_text(ENGINE, assigned(), None, names) == "P1 RT-4312"


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=200), st.text(max_size=200))
def test_it_always_fits_on_one_line_and_begins_with_what_counts(place: str, town: str, text: str, name: str) -> None:
    line = order_text(ENGINE, assigned(), there(Location(text=place, place=town), text=text), lambda code: name)
    assert len(line) <= 200 and line.startswith("P1 RT-4312")
    assert line.isprintable() and "\n" not in line
