"""What comes on the wire: the golden corpus of lines and of datagrams, and that nothing at all breaks the reader."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.response.wire.envelope import LONGEST, open_envelope, seal
from meldkamer.response.wire.fix import read_fix
from meldkamer.response.wire.refusals import BadLine
from meldkamer.response.wire.seen import WINDOW, Seen

from .door import KEYS, NOW, a_door, what_came_of

GOLDEN = Path(__file__).parent / "golden"


def rows(name: str) -> list[tuple[str, str]]:
    text = (GOLDEN / name).read_text(encoding="ascii")
    found = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return [(a, b) for a, b in found]


@pytest.mark.parametrize(("line", "says"), rows("lines.tsv"))
def test_a_line_says_this(line: str, says: str) -> None:
    try:
        fix = read_fix(line, NOW)
    except BadLine as refused:
        assert refused.why == says
        return
    at = datetime.datetime.fromtimestamp(fix.at / 1000, datetime.UTC).isoformat(timespec="milliseconds")
    assert f"{fix.lat:.6f} {fix.lon:.6f} {fix.heading:.1f} {at.removesuffix('+00:00')}" == says


def test_datagrams_in_their_order(tmp_path: Path) -> None:
    door = a_door(tmp_path)
    said = [(verdict, text.encode("ascii").decode("unicode_escape").encode("latin-1"))
            for verdict, text in rows("datagrams.tsv")]  # fmt: skip
    found = [what_came_of(door, datagram) for _, datagram in said]
    assert found == [verdict for verdict, _ in said]
    # Everything that was refused is counted under its name, and what the table says of positions as well.
    refused = [v for v in found if v not in ("taken", "jumped", "older", "unknown", "nowhere")]
    assert door.refused.total() == len(refused) and set(door.refused) == set(refused)


@given(st.binary(max_size=LONGEST + 8))
def test_no_bytes_break_the_reader(datagram: bytes) -> None:
    with pytest.raises(BadLine):
        open_envelope(datagram)


LINES = [line for line, _ in rows("lines.tsv")]


@given(st.sampled_from(LINES), st.lists(st.tuples(st.integers(0, 90), st.characters(codec="ascii")), max_size=4))
def test_no_damage_to_a_line_breaks_the_reader(line: str, damage: list[tuple[int, str]]) -> None:
    text = list(line)
    for place, char in damage:
        text[place % len(text)] = char
    try:
        fix = read_fix("".join(text), NOW)
    except BadLine:
        return
    assert abs(fix.lat) <= 90 and abs(fix.lon) <= 180 and 0 <= fix.heading <= 360 and abs(fix.at - NOW) <= 86_400_000


@given(st.integers(0, 500), st.integers(0, 255))
def test_one_changed_byte_is_never_taken_for_the_sender_s_own(place: int, byte: int) -> None:
    datagram = bytearray(seal("vm-12", "RT/17-0131", 7, LINES[0], KEYS["vm-12"][0]))
    place %= len(datagram)
    if datagram[place] == byte:
        return
    datagram[place] = byte
    try:
        envelope = open_envelope(bytes(datagram))
    except BadLine:
        return
    assert not envelope.proven_by(KEYS["vm-12"][0])


@given(st.lists(st.integers(0, 300), max_size=200))
def test_a_counter_is_good_once_and_only_near_the_newest(counters: list[int]) -> None:
    seen, used, newest = Seen(), set[int](), -1
    for counter in counters:
        good = counter > newest or (newest - counter < WINDOW and counter not in used)
        assert seen.take(counter) == good
        if good:
            used.add(counter)
            newest = max(newest, counter)
