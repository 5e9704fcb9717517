"""The shipped pack, loaded once for the tests that only read it."""

from __future__ import annotations

import pytest

from meldkamer.pack import Pack, load_pack


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load_pack()
