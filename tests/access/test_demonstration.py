"""Accounts of a demonstration: fit for the rooms, drawn anew each time, and cheap."""

from __future__ import annotations

from pathlib import Path

import pytest

from meldkamer.access import (
    Gate,
    NotSafeToOpen,
    Passwords,
    Roles,
    Sessions,
    SignInRate,
    SqliteAccounts,
    make_demonstration,
)
from meldkamer.access.people import check_password, readable_password
from meldkamer.domain.clock import FakeClock
from meldkamer.pack import Pack


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> SqliteAccounts:
    return SqliteAccounts(tmp_path / "access.sqlite", clock, demonstration=True)


async def test_every_room_has_its_people_and_its_colleagues(
    store: SqliteAccounts, passwords: Passwords, pack: Pack, roles: Roles, clock: FakeClock, tmp_path: Path
) -> None:
    hashed = 0
    original = passwords.hash

    async def counted(password: str) -> str:
        nonlocal hashed
        hashed += 1
        return await original(password)

    passwords.hash = counted  # type: ignore[method-assign]
    made = await make_demonstration(store, passwords, pack.roles, pack.functions, [r.code for r in pack.rooms])
    assert hashed == 1
    names = {p.account: p for p in made.people}
    for room in ("nn", "on", "md", "nh", "ad", "dh", "rt", "zb", "ob", "lb"):
        assert {f"{room}.{w}" for w in ("112", "politie", "brand", "ambu", "caco")} <= set(names)
    assert names["rt.brand"].role == "CTL-B" and "km.kmar" in names and "n1.112" in names
    assert {"beheer", "hoofd", "audit"} <= set(names)
    assert len(made.colleagues) == sum(f.seats for f in pack.functions if f.kind not in ("crisis", "steering"))
    gate = Gate(store, Sessions(tmp_path / "access.sqlite", store, roles, clock), passwords, roles, SignInRate(clock))
    _, session = await gate.sign_in("rt.ambu", made.password, "", "a")
    assert session.compartments == ("caller", "medical") and not session.simulated
    for colleague in made.colleagues:
        acting = gate.by_token(colleague.token)
        assert acting is not None and acting.simulated and acting.room == colleague.room
        assert colleague.function in acting.qualified
    by_door = {name: gate.by_token(token) for name, token in made.gateways.items()}
    assert {n: s.scopes for n, s in by_door.items() if s is not None} == {
        "units": {"field", "positions"},
        "telephony": {"telephony"},
        "feed": {"feed"},
        "health": {"health"},
        "lost": {"lost"},
    }
    assert made.password not in repr(made) and made.colleagues[0].token not in repr(made)


async def test_the_next_run_takes_everything_back(
    store: SqliteAccounts, passwords: Passwords, pack: Pack, roles: Roles, clock: FakeClock, tmp_path: Path
) -> None:
    sessions = Sessions(tmp_path / "access.sqlite", store, roles, clock)
    gate = Gate(store, sessions, passwords, roles, SignInRate(clock))
    first = await make_demonstration(store, passwords, pack.roles, pack.functions, ["RT", "LB"])
    secret, _ = await gate.sign_in("rt.brand", first.password, "", "a")
    second = await make_demonstration(store, passwords, pack.roles, pack.functions, ["RT"])
    assert first.password != second.password
    assert gate.by_cookie(secret) is None
    assert all(gate.by_token(c.token) is None for c in first.colleagues)
    assert all(gate.by_token(c.token) is not None for c in second.colleagues)
    left = store.get("lb.brand")
    assert left is not None and left.disabled


async def test_a_real_room_takes_none_of_them(accounts: SqliteAccounts, passwords: Passwords, pack: Pack) -> None:
    with pytest.raises(NotSafeToOpen):
        await make_demonstration(accounts, passwords, pack.roles, pack.functions, ["RT"])
    assert accounts.all() == []


def test_the_password_of_a_run_passes_our_own_rules() -> None:
    drawn = {readable_password() for _ in range(200)}
    assert len(drawn) == 200
    for password in list(drawn)[:50]:
        check_password(password)
