"""Breaking the glass: short, with a reason, behind the legal walls, and judged by somebody else."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import msgspec
import pytest

from meldkamer.access import BadAccount, BreakGlass, Gate, Passwords, Roles, add_account
from meldkamer.domain.clock import FakeClock
from meldkamer.pack import Pack
from tests.access.conftest import PASSWORD
from tests.access.test_roles import Row

WHY = "de beller bedreigt een collega"


async def test_what_is_opened_shows_in_the_session_and_closes_by_itself(
    gate: Gate, passwords: Passwords, roles: Roles, clock: FakeClock
) -> None:
    await add_account(gate.accounts, passwords, roles, name="hoofd", room="RT", password=PASSWORD, roles=["HMK"])
    secret, session = await gate.sign_in("hoofd", PASSWORD, "", "192.0.2.1")
    other, _ = await gate.sign_in("anna", PASSWORD, "", "192.0.2.1")
    assert session.compartments == ("staff",)

    def opened(of: str) -> tuple[str, ...]:
        found = gate.by_cookie(of)
        assert found is not None
        return found.compartments

    before = opened(other)
    glass = gate.sessions.glass
    await glass.open("hoofd", "RT", "caller", 15, WHY)
    assert opened(secret) == ("caller", "staff") and opened(other) == before
    await clock.pump(15 * 60 - 1)
    assert opened(secret) == ("caller", "staff")
    await clock.pump(1)
    assert opened(secret) == ("staff",)
    again = await glass.open("hoofd", "RT", "caller", 60, WHY)
    assert opened(secret) == ("caller", "staff")
    await glass.close_early(again)
    assert opened(secret) == ("staff",)


@pytest.mark.parametrize(
    ("minutes", "reason", "code"),
    [
        (4, WHY, "glass.minutes"),
        (61, WHY, "glass.minutes"),
        (15, "zomaar", "glass.words"),
        (15, "  ja   ja ", "glass.words"),
    ],
)
async def test_too_long_or_without_words_is_refused(gate: Gate, minutes: int, reason: str, code: str) -> None:
    with pytest.raises(BadAccount) as refused:
        await gate.sessions.glass.open("hoofd", "RT", "caller", minutes, reason)
    assert refused.value.code == code and gate.sessions.glass.all() == []


async def test_it_is_judged_once_by_somebody_else_and_what_waits_stands_on_top(
    tmp_path: Path, gate: Gate, clock: FakeClock
) -> None:
    glass = gate.sessions.glass
    first = await glass.open("hoofd", "RT", "caller", 15, WHY)
    await clock.pump(1)
    second = await glass.open("hoofd", "RT", "caller", 15, WHY)
    assert [o.id for o in glass.all()] == [second.id, first.id]
    with pytest.raises(BadAccount) as refused:
        await glass.judge(second, "hoofd", True, "dat vond ik zelf nodig")
    assert refused.value.code == "glass.own"
    with pytest.raises(BadAccount):
        await glass.judge(second, "beheer", True, "prima")
    judged = await glass.judge(second, "beheer", False, "er was geen enkele haast")
    assert judged.review is not None and not judged.review.justified
    with pytest.raises(BadAccount) as refused:
        await glass.judge(judged, "ander", True, "dat vind ik wel terecht")
    assert refused.value.code == "glass.judged"
    assert [o.id for o in glass.all()] == [first.id, second.id]
    # A restart forgets nothing, and nobody rubs anything out.
    again = BreakGlass(tmp_path / "access.sqlite", clock)
    assert again.all() == glass.all() and again.open_to("hoofd") == ("caller", "caller")
    again.close()
    connection = sqlite3.connect(tmp_path / "access.sqlite")
    for statement in ("DELETE FROM glass", "UPDATE glass SET body = x'00'"):
        with pytest.raises(sqlite3.DatabaseError, match="stays"):
            connection.execute(statement)
    connection.close()


def test_no_role_breaks_through_the_wall_of_another_discipline(pack: Pack, roles: Roles) -> None:
    codes = [row.code for row in pack.roles]
    assert {code for code in codes if roles.breakable([code])} == {"HMK", "CRISIS"}
    for code in codes:
        disciplines = {row.discipline for row in pack.roles if row.code in (code, "HMK")}
        opened = roles.breakable([code, "HMK"])
        assert ("medical" in opened) <= ("A" in disciplines) and ("police" in opened) <= bool(disciplines & {"P", "K"})
        assert not set(opened) & set(roles.combined([code, "HMK"]).compartments)
    assert roles.breakable(["CACO", "FB"]) == ()


def test_a_role_of_the_discipline_may_open_its_own_wall() -> None:
    row = Row("OVDG", "A")
    roles = Roles.of(
        [row, msgspec.structs.replace(row, code="X", discipline="B")], dict.fromkeys(("OVDG", "X"), ("break_glass",))
    )
    assert roles.breakable(["OVDG"]) == ("caller", "medical") and roles.breakable(["X"]) == ("caller",)


async def test_of_two_who_judge_at_once_one_counts_and_closing_keeps_it(gate: Gate) -> None:
    glass = gate.sessions.glass
    opening = await glass.open("hoofd", "RT", "caller", 15, WHY)
    said = "gezien en in orde bevonden"
    found = await asyncio.gather(
        glass.judge(opening, "audit", True, said),
        glass.judge(opening, "anna", False, said),
        glass.close_early(opening),
        return_exceptions=True,
    )
    refused = [one for one in found if isinstance(one, BaseException)]
    assert [one.code for one in refused if isinstance(one, BadAccount)] == ["glass.judged"] and len(refused) == 1
    [kept] = glass.all()
    assert kept.review is not None and kept.review.by == "audit"
