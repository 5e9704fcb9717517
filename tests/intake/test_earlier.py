"""Earlier calls: an index that may be lost at any time, holds no number, and shows nothing whose key is gone."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from meldkamer.domain import call
from meldkamer.domain.basics import Location
from meldkamer.domain.registry import EVENT_TYPES
from meldkamer.intake import EarlierCalls, Looked
from meldkamer.intake.earlier import INDEX, SECRET
from meldkamer.network import subject_of
from meldkamer.record import Destruction, KeyStore, Sealer

from .house import House

NUMBER, OTHER = "0612345678", "0687654321"
HERE = Location(x=92_400.0, y=437_400.0, radius=20.0, source="aml")
DOOR, STREET = Location(x=92_450.0, y=437_440.0), Location(x=92_460.0, y=437_450.0)
"""Within 75 metres, and just not."""
WIDE = Location(x=92_400.0, y=437_400.0, radius=900.0, source="cell")
SPOT = (92_400.0, 437_400.0)
DAY_SECONDS = 86_400.0


def opened(house: House, folder: Path, keys: KeyStore | None = None, days: int = 30) -> EarlierCalls:
    """An index over the house's record, in a folder."""
    keys = keys or house.keys
    sealer = Sealer(EVENT_TYPES, keys)
    return EarlierCalls(folder, house.record, keys, sealer, house.picture, house.clock, house.record.tail, days, "31")


@pytest.fixture
async def earlier(house: House, tmp_path: Path) -> AsyncIterator[EarlierCalls]:
    earlier = opened(house, tmp_path / "room")
    yield earlier
    await earlier.close()


async def ring(
    house: House, id: str, number: str | None = NUMBER, location: Location | None = None, *, test: bool = False
) -> None:
    command = call.ReceiveCall(
        call=id, region="RT", function="RT.112", channel="112", number=number, location=location, test=test
    )
    await house.do("RT", command)
    await house.clock.pump(0.001)


async def over(house: House, id: str, reason: str = "done") -> None:
    await house.do("RT", call.AnswerCall(call=f"RT/{id}"))
    await house.do("RT", call.EndCall(call=f"RT/{id}", reason=reason))


async def look(earlier: EarlierCalls, number: str | None = NUMBER, spot: tuple[float, float] | None = None) -> Looked:
    return await earlier.look("RT/now", number, spot)


def ids(looked: Looked) -> list[str]:
    return [one.call.ref.removeprefix("RT/") for one in looked.calls]


def rows(folder: Path) -> int:
    with contextlib.closing(sqlite3.connect(folder / INDEX)) as db:
        if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'call'").fetchone() is None:
            return 0
        return int(db.execute("SELECT count(*) FROM call").fetchone()[0])


async def test_calls_by_the_number_are_found_newest_first_with_how_they_ended(
    house: House, earlier: EarlierCalls
) -> None:
    for n, (written, reason) in enumerate(
        [("06 12345678", "misuse"), ("+31612345678", "misuse"), ("0031612345678", "done"), (OTHER, "done")]
    ):
        await ring(house, f"c{n}", written)
        await over(house, f"c{n}", reason)
        await house.clock.pump(60)
    await ring(house, "hung")
    await house.do("RT", call.AbandonCall(call="RT/hung"))
    await ring(house, "now")
    looked = await look(earlier)
    assert ids(looked) == ["hung", "c2", "c1", "c0"]
    assert looked.whole and looked.count == 4 and looked.by_place is None
    assert looked.by_number is not None and looked.by_number.ended == {"misuse": 2, "abandoned": 1}
    assert all(one.number and not one.place for one in looked.calls)
    assert looked.calls[-1].call.end_reason == "misuse"


async def test_who_hides_the_number_is_never_somebody_who_called_before(house: House, earlier: EarlierCalls) -> None:
    for n, hidden in enumerate((None, "", "anonymous", "112")):
        await ring(house, f"h{n}", hidden)
    await ring(house, "line", test=True)
    for hidden in ("", "anonymous", "112"):
        looked = await look(earlier, hidden)
        assert (looked.calls, looked.by_number) == ((), None)
    assert (await look(earlier)).calls == ()


async def test_calls_from_the_place_are_found_where_it_is_sure(house: House, earlier: EarlierCalls) -> None:
    for id, place in (("here", HERE), ("door", DOOR), ("street", STREET), ("wide", WIDE), ("words", Location("Blaak"))):
        await ring(house, id, OTHER, place)
    await ring(house, "later", None)
    await house.do("RT", call.LocateCall(call="RT/later", location=HERE))
    await ring(house, "both", NUMBER, HERE)
    looked = await look(earlier, NUMBER, SPOT)
    assert set(ids(looked)) == {"here", "door", "later", "both"}
    found = {one.call.ref: (one.number, one.place) for one in looked.calls}
    assert found["RT/both"] == (True, True) and found["RT/here"] == (False, True)
    assert looked.by_place is not None and looked.by_place.count == 4
    # Whoever may not open callers learns of places alone.
    assert set(ids(await look(earlier, None, SPOT))) == {"here", "door", "later", "both"}


async def test_a_corrected_number_counts_and_the_old_one_does_not(house: House, earlier: EarlierCalls) -> None:
    await ring(house, "c1", OTHER)
    assert ids(await look(earlier, OTHER)) == ["c1"]
    await house.do("RT", call.IdentifyCaller(call="RT/c1", number=NUMBER))
    assert ids(await look(earlier, NUMBER)) == ["c1"]
    assert ids(await look(earlier, OTHER)) == []


async def test_no_number_stands_in_the_file_and_nobody_else_may_read_it(
    house: House, earlier: EarlierCalls, tmp_path: Path
) -> None:
    await ring(house, "c1")
    await look(earlier)
    for path in (tmp_path / "room").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
        assert b"612345678" not in path.read_bytes(), path
    assert rows(tmp_path / "room") == 1


async def test_a_process_that_was_killed_goes_on_where_it_was(house: House, tmp_path: Path) -> None:
    folder, killed = tmp_path / "room", tmp_path / "killed"
    first = opened(house, folder)
    await ring(house, "c1")
    await first.catch_up()
    # What a killed process leaves: the file and its log as they stand, nothing closed.
    shutil.copytree(folder, killed)
    await first.close()
    await ring(house, "c2")
    again = opened(house, killed)
    assert ids(await look(again)) == ["c2", "c1"]
    await again.close()


@pytest.mark.parametrize("harm", ["half", "text", "gone", "secret", "empty"])
async def test_a_file_that_is_of_no_use_is_made_anew(house: House, tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "room"
    first = opened(house, folder)
    for n in range(60):
        await ring(house, f"c{n}", NUMBER if n == 7 else f"06{n:08}", HERE)
    await first.catch_up()
    await first.close()
    file = folder / INDEX
    match harm:
        case "half":
            file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
        case "text":
            file.write_text("not a file of ours\n" * 900)
        case "gone":
            file.unlink()
        case "secret":
            (folder / SECRET).unlink()
        case "empty":
            file.write_bytes(b"")
    again = opened(house, folder)
    looked = await look(again)
    assert (ids(looked), looked.whole) == (["c7"], True)
    assert rows(folder) == 60
    await again.close()


async def test_a_file_that_is_torn_while_it_is_used_is_made_anew(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "room"
    earlier = opened(house, folder)
    await ring(house, "c1")
    assert ids(await look(earlier)) == ["c1"]
    with contextlib.closing(sqlite3.connect(folder / INDEX)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (folder / INDEX).write_bytes(b"\xff" * (folder / INDEX).stat().st_size)
    await ring(house, "c2")
    # The look that finds it torn says that it is not whole; the next one has it all.
    found = [await look(earlier) for _ in range(3)]
    assert (ids(found[-1]), found[-1].whole) == (["c2", "c1"], True)
    await earlier.close()


async def test_a_call_whose_key_was_destroyed_is_gone(house: House, earlier: EarlierCalls, tmp_path: Path) -> None:
    await ring(house, "old", NUMBER, HERE)
    await ring(house, "hidden", None, HERE)
    await ring(house, "kept", NUMBER, HERE)
    assert len((await look(earlier, NUMBER, SPOT)).calls) == 3
    await house.keys.destroy(subject_of("call", "RT/old"), "caller", house.clock.now(), "term", "head")
    looked = await look(earlier, NUMBER, SPOT)
    assert set(ids(looked)) == {"kept", "hidden"} and looked.count == 2
    assert rows(tmp_path / "room") == 2
    # And an index that is built after that learns nothing of it either.
    anew = opened(house, tmp_path / "anew")
    assert set(ids(await look(anew, NUMBER, SPOT))) == {"kept", "hidden"}
    await anew.close()


async def test_what_is_over_its_days_goes_from_the_file(house: House, earlier: EarlierCalls, tmp_path: Path) -> None:
    await ring(house, "old")
    await house.clock.pump(29 * DAY_SECONDS)
    await ring(house, "young")
    assert ids(await look(earlier)) == ["young", "old"]
    await house.clock.pump(DAY_SECONDS + 1)
    # Not shown from the moment on at which its days are over, and within an hour out of the file.
    assert ids(await look(earlier)) == ["young"] and rows(tmp_path / "room") == 2
    house.spawn(earlier.keep_house())
    await house.quiet(lambda: rows(tmp_path / "room") == 1)


async def test_an_index_that_is_built_anew_leaves_what_is_too_old_alone(house: House, tmp_path: Path) -> None:
    for n in range(40):
        await ring(house, f"c{n}")
        await house.clock.pump(2 * DAY_SECONDS)
    earlier = opened(house, tmp_path / "room", days=10)
    looked = await look(earlier)
    assert ids(looked) == ["c39", "c38", "c37", "c36"]
    assert rows(tmp_path / "room") == 4
    await earlier.close()


async def test_what_is_read_again_stays_the_same(house: House, earlier: EarlierCalls) -> None:
    await ring(house, "c1", OTHER)
    await house.do("RT", call.IdentifyCaller(call="RT/c1", number=NUMBER))
    await over(house, "c1", "misuse")
    before = await look(earlier)
    earlier.read_again()
    earlier._kept.clear()  # as if nothing had been the same for all rooms yet
    earlier.read_again()
    assert await look(earlier) == before and ids(before) == ["c1"]


class Late:
    """Keys of which none has come here yet, as of a call that another room took a moment ago."""

    def __init__(self, keys: KeyStore) -> None:
        self._keys, self.come = keys, False

    async def obtain(self, subject: str, compartment: str) -> bytes:
        return await self._keys.obtain(subject, compartment)

    def find(self, subject: str, compartment: str) -> bytes | None:
        return self._keys.find(subject, compartment) if self.come else None

    async def destroy(self, subject: str, compartment: str, at: int, reason: str, by: str) -> bool:
        return await self._keys.destroy(subject, compartment, at, reason, by)

    def destroyed(self) -> list[Destruction]:
        return self._keys.destroyed()


async def test_a_key_that_comes_later_is_waited_for_and_not_taken_for_destroyed(house: House, tmp_path: Path) -> None:
    keys = Late(house.keys)
    earlier = opened(house, tmp_path / "room", keys)
    await ring(house, "c1")
    assert ids(await look(earlier)) == []
    keys.come = True
    await ring(house, "c2")
    assert ids(await look(earlier)) == ["c2", "c1"]
    keys.come = False
    assert ids(await look(earlier)) == []
    keys.come = True
    assert ids(await look(earlier)) == ["c2", "c1"]
    await earlier.close()


async def test_of_many_the_newest_twenty_are_shown_and_all_are_counted(house: House, earlier: EarlierCalls) -> None:
    for n in range(25):
        await ring(house, f"c{n:02}")
        await over(house, f"c{n:02}", "misuse" if n % 2 else "done")
        await house.clock.pump(1)
    looked = await look(earlier)
    assert ids(looked) == [f"c{n:02}" for n in range(24, 4, -1)]
    assert looked.by_number is not None and (looked.by_number.count, looked.by_number.ended) == (25, {"misuse": 12})
    # Also one that is counted alone is gone with its key.
    await house.keys.destroy(subject_of("call", "RT/c01"), "caller", house.clock.now(), "term", "head")
    left = (await look(earlier)).by_number
    assert left is not None and (left.count, left.ended) == (24, {"misuse": 11})


async def test_what_happens_is_followed_in_the_background(house: House, earlier: EarlierCalls, tmp_path: Path) -> None:
    house.spawn(earlier.run())
    await ring(house, "c1")
    await house.clock.pump(2)
    await house.quiet(lambda: (tmp_path / "room" / INDEX).exists() and rows(tmp_path / "room") == 1)
