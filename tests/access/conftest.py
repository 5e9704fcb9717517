"""A store, a gate and a clock for each test; hashing at its cheapest, since its strength is not what is tested."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from meldkamer.access import Gate, Passwords, Roles, Sessions, SignInRate, SqliteAccounts, add_account
from meldkamer.domain.clock import FakeClock
from meldkamer.pack import Pack, load_pack, shipped_pack

PASSWORD = "een lange zin om in te komen"


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load_pack(shipped_pack())


@pytest.fixture(scope="session")
def roles(pack: Pack) -> Roles:
    return Roles.of(pack.roles)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def accounts(tmp_path: Path, clock: FakeClock) -> Iterator[SqliteAccounts]:
    store = SqliteAccounts(tmp_path / "access.sqlite", clock)
    yield store
    store.close()


@pytest.fixture
def sessions(tmp_path: Path, accounts: SqliteAccounts, roles: Roles, clock: FakeClock) -> Iterator[Sessions]:
    store = Sessions(tmp_path / "access.sqlite", accounts, roles, clock)
    yield store
    store.close()


@pytest.fixture
async def gate(
    accounts: SqliteAccounts, sessions: Sessions, passwords: Passwords, roles: Roles, clock: FakeClock
) -> AsyncIterator[Gate]:
    await add_account(accounts, passwords, roles, name="anna", room="RT", password=PASSWORD, roles=["CTL-B"])
    yield Gate(accounts, sessions, passwords, roles, SignInRate(clock))
