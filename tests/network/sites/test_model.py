"""The list of sites: what is accepted, what is refused and with which words, and the list of the demonstration."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.network.sites.demonstration import demonstration
from meldkamer.network.sites.model import Network, NetworkError, Site, read_network
from meldkamer.network.sites.toml_text import toml_text

GOOD = """
name = "lms"
regions = { LB = "LB", NL = "N1" }
[[sites]]
code = "LB"
rooms = ["LB", "N1"]
host = "lb.example.org"
core = true
"""


def read(path: Path, text: str) -> Network:
    (path / "network.toml").write_text(text, encoding="utf-8")
    return read_network(path / "network.toml")


def test_a_list_of_sites_is_read_with_its_defaults(tmp_path: Path) -> None:
    network = read(tmp_path, GOOD)
    assert [server.name for server in network.servers()] == ["core-LB", "room-LB"]
    assert network.site("LB").ports.core == 4222
    with pytest.raises(NetworkError, match="OB: not a site"):
        network.site("OB")


@pytest.mark.parametrize(
    ("change", "by", "says"),
    [
        ("core = true", "core = false", "0 sites have `core = true`"),
        ('"N1" }', '"N2" }', "region NL belongs to room N2, which works at no site"),
        ('rooms = ["LB", "N1"]', 'rooms = ["LB", "LB", "N1"]', "room LB works at two sites"),
        ("core = true", "core = true\nports = { core = 8112 }", "port 8112 of lb.example.org is used twice"),
        ("core = true", "cores = true", "cores"),
        ('code = "LB"', 'code = "../LB"', "code"),
        ('host = "lb.example.org"', 'host = "lb example"', "host"),
        ('name = "lms"', "name = 7", "name"),
    ],
)
def test_a_faulty_list_is_refused_with_the_fault(tmp_path: Path, change: str, by: str, says: str) -> None:
    assert change in GOOD
    with pytest.raises(NetworkError) as refused:
        read(tmp_path, GOOD.replace(change, by))
    assert says in str(refused.value) and "network.toml" in str(refused.value)


def test_two_sites_may_not_share_a_code_or_make_an_even_core(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match=r"site LB is listed twice.*2 sites have `core = true`; it must be one of"):
        read(tmp_path, GOOD + GOOD[GOOD.index("[[sites]]") :].replace('"LB", "N1"', '"OB"'))


def test_a_missing_file_and_bytes_that_are_no_text_are_said(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="no such file"):
        read_network(tmp_path / "absent.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(NetworkError, match=r"bad\.toml"):
        read_network(tmp_path / "bad.toml")


HOMES = {code: code for code in ("NN", "ON", "MD", "NH", "AD", "DH", "RT", "ZB", "OB", "LB")} | {"NL": "N1"}


def test_the_demonstration_seats_every_room_and_spreads_the_core(tmp_path: Path) -> None:
    network = demonstration(HOMES, ["N1", "N2", "KM"], 24100)
    assert read(tmp_path, toml_text(msgspec.to_builtins(network), "a list")) == network
    assert len(network.sites) == 10 and len(network.cores) == 5
    assert sorted(room for site in network.sites for room in site.rooms) == sorted({*HOMES.values(), "N2", "KM"})
    assert not any(site.core and len(site.rooms) > 1 for site in network.sites)
    with pytest.raises(NetworkError, match="choose 1024 or above"):
        demonstration(HOMES, [], 65500)


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30),
    st.lists(st.integers(-(2**31), 2**31), max_size=3),
    st.booleans(),
)
def test_what_is_written_as_toml_is_read_back(text: str, numbers: list[int], truth: bool) -> None:
    rows: list[object] = [{"n": number} for number in numbers]
    table = {"text": text, "inner": {"truth": truth}, "rows": rows or [1]}
    assert msgspec.toml.decode(toml_text(table, "a comment\nof two lines")) == table


def test_a_site_needs_a_room() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"code": "LB", "rooms": [], "host": "a"}, Site)
