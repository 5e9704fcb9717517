"""What answers mean: each state has its words, nothing unknown is fine, and every row has an age."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from meldkamer.network.sites.demonstration import demonstration
from meldkamer.network.sites.figures import Answer, Figures, Replica, Stream
from meldkamer.network.sites.heartbeats import Beat, Beats
from meldkamer.network.sites.report import Report
from meldkamer.network.sites.runbooks import PAGES
from meldkamer.network.sites.status import judge
from meldkamer.network.sites.status_metrics import status_metrics
from meldkamer.network.sites.status_text import age, status_text
from meldkamer.network.statement import Statement
from tests.network.sites.running import plan

NOW = 1_800_000_000_000
NETWORK = demonstration({"NN": "NN", "ON": "ON", "MD": "MD"}, [], 24100, cores=3)
PLAN = plan(NETWORK)
DAY = 86_400_000


def answers() -> dict[str, Figures]:
    """Three core servers of which the first leads everything, and three rooms whose copies are whole."""
    given = {}
    for server in NETWORK.servers():
        if server.kind == "core":
            others = tuple(Replica(f"core-{s.code}", True, False, 0) for s in NETWORK.cores if s is not server.site)
            leads = server.site is NETWORK.cores[0]
            streams = [
                Stream(name=n, leader="core-NN", first=1, last=9, holes=0, replicas=others if leads else ())
                for n in PLAN.names
            ]
        else:
            streams = [
                Stream(name=f"MIR_{r}", leader="", first=1, last=9, holes=0, source=PLAN.stream(r), contact_ms=900)
                for r in NETWORK.regions
            ]
        given[server.name] = Figures(
            server=server.name,
            at=NOW - 200,
            version="2.15.1",
            digest="sha256:1",
            sync_always=True,
            domain="x",
            started="2027-01-01T00:00:00Z",
            expires="2028-01-01T00:00:00Z",
            meta="core-NN",
            peers=("core-NN",),
            streams=tuple(streams),
        )
    return given


A = Statement(process="a", version="0.1.0", pack="11", settings="22", health="fine")
BEATS = Beats({"NN": Beat("NN", 900, A), "ON": Beat("ON", 1_200, A), "MD": Beat("MD", None)}, NOW - 200)


def report(
    given: dict[str, Figures], before: dict[str, Figures] | None = None, beats: Beats = BEATS, **ought: str
) -> Report:
    all = [Answer(s.name, given.get(s.name), "" if s.name in given else "refused") for s in NETWORK.servers()]
    digests = {name.replace("_", "-"): is_ for name, is_ in ought.items()}
    return judge(NETWORK, PLAN, all, NOW, before or {}, digests, {"ON": NOW + 40 * DAY}, beats)


def changed(given: dict[str, Figures], name: str, **fields: Any) -> dict[str, Figures]:
    return given | {name: msgspec.structs.replace(given[name], **fields)}


def stream_changed(given: dict[str, Figures], name: str, stream: str, **fields: Any) -> dict[str, Figures]:
    streams = tuple(msgspec.structs.replace(s, **fields) if s.name == stream else s for s in given[name].streams)
    return changed(given, name, streams=streams)


def test_a_network_where_everything_works_is_fine() -> None:
    found = report(answers(), core_NN="sha256:1")
    assert found.ok and found.meta_leader == "core-NN"
    ages = {row.age_ms for rows in (found.servers, found.streams, found.mirrors, found.rooms) for row in rows}
    assert ages == {200} and len(found.mirrors) == 9
    assert {(row.site, row.home) for row in found.mirrors} == {(a, b) for a in NETWORK.regions for b in NETWORK.regions}
    assert "network demonstration: fine" in status_text(found)


@pytest.mark.parametrize(
    ("name", "fields", "says"),
    [
        ("core-ON", {"sync_always": False}, "does not write to disk before it says yes"),
        ("core-ON", {"server": "core-MD"}, "another server answers here: core-MD"),
        ("room-ON", {"peers": ()}, "not connected to the core"),
        ("core-MD", {"meta": ""}, "cut off from the others"),
        ("core-NN", {"digest": "sha256:2"}, "another configuration"),
        ("room-MD", {"expires": "2027-01-20T00:00:00Z"}, "ends in 4 days"),
        ("core-MD", {"clock_ms": 90_000}, "90.0 s ahead of"),
        ("room-MD", {"clock_ms": -2_500}, "2.5 s behind"),
        ("core-MD", {"store_used": 85, "store_limit": 100}, "nearly full: 85 % is used"),
        ("room-MD", {"expires": "2027-01-10T00:00:00Z"}, "has ended"),
    ],
)
def test_a_server_that_is_wrong_is_named_with_the_reason(name: str, fields: dict[str, Any], says: str) -> None:
    found = report(changed(answers(), name, **fields), core_NN="sha256:1")
    row = next(row for row in found.servers if row.name == name)
    assert not found.ok and row.state == "wrong" and says in row.why
    assert says in status_text(found)


def test_a_server_that_does_not_answer_is_shown_with_what_it_last_said() -> None:
    given = answers()
    old = msgspec.structs.replace(given.pop("room-ON"), at=NOW - 3 * 3_600_000)
    found = report(given, {"room-ON": old})
    row = next(row for row in found.servers if row.name == "room-ON")
    assert (row.state, row.why, row.age_ms, row.version) == ("unchecked", "refused", 10_800_000, "2.15.1")
    assert {(m.state, m.lag, m.age_ms) for m in found.mirrors if m.site == "ON"} == {("unchecked", None, None)}
    assert not found.ok and "? room-ON" in status_text(found) and "last seen 3 h ago" in status_text(found)


def test_a_core_that_cannot_be_asked_leaves_streams_and_lags_unchecked_not_fine() -> None:
    found = report({name: figures for name, figures in answers().items() if name.startswith("room")})
    assert {(row.state, row.why) for row in found.streams} == {("unchecked", "its leader did not answer")}
    assert {(row.state, row.lag) for row in found.mirrors} == {("unchecked", None)}


def test_a_follower_alone_does_not_make_a_stream_fine() -> None:
    given = answers()
    del given["core-NN"]
    assert {row.state for row in report(given).streams} == {"unchecked"}


def test_streams_that_nobody_leads_lack_a_copy_or_have_holes_are_wrong() -> None:
    given = answers()
    for core in ("core-NN", "core-ON", "core-MD"):
        given = stream_changed(given, core, PLAN.stream("NN"), leader="")
    late = (Replica("core-ON", True, False, 0), Replica("core-MD", False, False, 7))
    given = stream_changed(given, "core-NN", PLAN.stream("ON"), replicas=late)
    given = stream_changed(given, "core-NN", PLAN.stream("MD"), holes=2)
    for thinned in ("LEASE", "KEYS"):
        given = stream_changed(given, "core-NN", thinned, holes=5)
    rows = {row.name: row for row in report(given).streams}
    assert "nobody leads it" in rows[PLAN.stream("NN")].why
    assert rows[PLAN.stream("ON")].why == "copy behind or gone: core-MD" and rows[PLAN.stream("ON")].copies == 2
    assert "2 entries are missing" in rows[PLAN.stream("MD")].why
    assert rows["LEASE"].state == rows["KEYS"].state == "fine"


@pytest.mark.parametrize("last", [5, 9, 12])
def test_a_leader_without_a_majority_is_not_believed(last: int) -> None:
    given = stream_changed(answers(), "core-ON", PLAN.stream("NN"), leader="core-ON", last=last, replicas=())
    row = report(given).streams[0]
    assert (row.leader, row.last, row.state) == ("core-NN", 9, "fine")
    del given["core-NN"]
    assert report(given).streams[0].state == "unchecked"


def test_a_stream_with_fewer_copies_than_core_servers_is_wrong() -> None:
    one = (Replica("core-ON", True, False, 0),)
    row = report(stream_changed(answers(), "core-NN", PLAN.stream("NN"), replicas=one)).streams[0]
    assert (row.state, row.copies, row.why) == ("wrong", 2, "it has fewer copies than core servers")


@pytest.mark.parametrize(
    ("fields", "state", "lag", "says"),
    [
        ({"last": 4}, "fine", 5, ""),
        ({"holes": 1}, "wrong", 0, "1 entries are missing in this copy"),
        ({"contact_ms": -1}, "wrong", 0, "does not hear of the core"),
        ({"contact_ms": 61_000, "last": 2}, "wrong", 7, "does not hear of the core"),
        ({"last": 12}, "fine", 0, ""),
    ],
)
def test_a_rooms_copy_says_how_far_it_is_behind(fields: dict[str, Any], state: str, lag: int, says: str) -> None:
    found = report(stream_changed(answers(), "room-ON", "MIR_MD", **fields))
    row = next(row for row in found.mirrors if (row.site, row.region) == ("ON", "MD"))
    assert (row.state, row.lag) == (state, lag) and says in row.why and row.home == "MD"


def test_the_first_certificate_of_a_site_counts_whether_a_server_uses_it_or_not() -> None:
    days = {row.name: row.certificate_days for row in report(answers()).servers}
    assert days["room-ON"] == days["core-ON"] == 40
    assert days["room-NN"] == 350


def test_a_room_that_fell_silent_is_wrong_and_one_that_never_spoke_is_not() -> None:
    silent = Beats({**BEATS.rooms, "ON": Beat("ON", 13_000, A)}, NOW)
    rows = {row.room: row for row in report(answers(), beats=silent).rooms}
    assert {room: row.state for room, row in rows.items()} == {"NN": "fine", "ON": "wrong", "MD": "fine"}
    assert "others may take its functions over" in rows["ON"].why and rows["MD"].beat_ms is None
    found = report(answers(), beats=Beats({}, NOW, "no core server answered"))
    assert {(row.state, row.why) for row in found.rooms} == {("unchecked", "no core server answered")} and not found.ok


def test_a_room_that_says_that_it_is_not_well_or_runs_other_settings_is_named() -> None:
    unwell = msgspec.structs.replace(A, health="degraded", bad={"core": "", "disk": "300 MB free"})
    unsure = msgspec.structs.replace(A, health="could_not_check", bad={"geography": "no answer in time"})
    beats = Beats({"NN": Beat("NN", 900, unwell), "ON": Beat("ON", 900, unsure), "MD": Beat("MD", 900, A)}, NOW)
    rows = {row.room: row for row in report(answers(), beats=beats).rooms}
    assert (rows["NN"].state, rows["NN"].why, rows["NN"].run) == (
        "wrong",
        "says that it is not well: core, disk (300 MB free)",
        "health",
    )
    assert (rows["ON"].state, rows["ON"].why) == ("unchecked", "it could not check geography (no answer in time)")
    assert (rows["MD"].state, rows["MD"].version, rows["MD"].pack, rows["MD"].settings) == ("fine", "0.1.0", "11", "22")
    all = [Answer(s.name, answers()[s.name]) for s in NETWORK.servers()]
    found = judge(NETWORK, PLAN, all, NOW, {}, {}, {}, BEATS, {"NN": "22", "ON": "33"})
    assert {row.room: row.state for row in found.rooms} == {"NN": "fine", "ON": "wrong", "MD": "fine"}
    assert "other settings" in status_text(found)


@pytest.mark.parametrize("what", ["version", "pack"])
def test_a_room_that_runs_something_else_is_a_difference_that_is_named(what: str) -> None:
    other = msgspec.structs.replace(A, **{what: "9"})
    found = report(answers(), beats=Beats({**BEATS.rooms, "ON": Beat("ON", 900, other)}, NOW))
    (row,) = found.differences
    assert (row.what, row.values["9"], found.ok) == (what, ("ON",), False)
    assert f"rooms run different {what}s" in status_text(found) and {r.state for r in found.rooms} == {"fine"}
    # Neither one that is silent, nor one that says nothing, nor one that never spoke.
    for beat in (Beat("ON", 60_000, other), Beat("ON", 900, Statement(process="old")), Beat("ON", None, other)):
        assert not report(answers(), beats=Beats({**BEATS.rooms, "ON": beat}, NOW)).differences


def test_an_island_is_told_from_a_room_that_is_down_and_a_declared_loss_is_named() -> None:
    silent = Beats({**BEATS.rooms, "ON": Beat("ON", 60_000, A)}, NOW)
    found = report(changed(answers(), "room-ON", peers=()), beats=silent)
    row = next(row for row in found.rooms if row.room == "ON")
    assert (row.state, row.run) == ("wrong", "island") and "is an island" in row.why
    sees = msgspec.structs.replace(A, sees={"ON": "silent", "MD": "down"})
    declared = Beats({"NN": Beat("NN", 900, sees), "ON": Beat("ON", 900, A), "MD": Beat("MD", 60_000, sees)}, NOW)
    rows = {row.room: row for row in report(answers(), beats=declared).rooms}
    assert rows["MD"].why.startswith("was declared down by a person, as NN see it") and rows["MD"].run == "room-lost"
    assert rows["ON"].why == "is heard again, and still counts as silent for NN" and rows["ON"].seen == {
        "silent": ("NN",)
    }


def test_servers_of_two_versions_are_a_difference() -> None:
    found = report(changed(answers(), "core-MD", version="2.15.2"))
    assert [(d.what, d.values["2.15.2"]) for d in found.differences] == [("server", ("core-MD",))] and not found.ok


def test_the_report_is_figures_for_monitoring_with_ages_and_nothing_unknown_as_zero() -> None:
    given = answers()
    del given["room-ON"]
    found = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(status_metrics(report(given)))
        for sample in family.samples
    }

    def at(name: str, **labels: str) -> float | None:
        return found.get((f"meldkamer_network_{name}", tuple(sorted(labels.items()))))

    assert at("ok") == 0 and at("reported_timestamp_seconds") == NOW / 1000
    on = {"server": "room-ON", "site": "ON", "kind": "room"}
    assert at("server_state", **on, state="unchecked") == 1 and at("server_state", **on, state="fine") == 0
    assert at("server_age_seconds", **on) is None and at("copy_behind", site="ON", region="NN") is None
    assert (
        at("copy_behind", site="MD", region="NN") == 0 and at("copy_contact_age_seconds", site="MD", region="NN") == 0.9
    )
    assert at("lease_renewed_age_seconds", room="NN", site="NN") == 0.9
    assert at("lease_renewed_age_seconds", room="MD", site="MD") is None
    assert at("room_info", room="NN", site="NN", version="0.1.0", pack="11", settings="22", health="fine") == 1
    assert at("differs", what="pack") == 0 and at("stream_last", stream=PLAN.stream("NN")) == 9


def test_every_fault_names_a_page() -> None:
    given = changed(answers(), "core-ON", sync_always=False)
    given = changed(given, "room-MD", peers=(), streams=())
    del given["room-NN"]
    found = report(given)
    rows = [row for part in (found.servers, found.streams, found.mirrors, found.rooms) for row in part]
    assert {bool(row.run) for row in rows if row.state != "fine"} == {True}
    assert {row.run for row in rows if row.state == "fine"} == {""}
    assert {row.run for row in rows} <= {"", *PAGES}


def test_a_missing_copy_is_wrong() -> None:
    given = changed(answers(), "room-ON", streams=())
    assert {row.why for row in report(given).mirrors if row.site == "ON"} == {
        "is not there: `meldkamer network streams`"
    }


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(None, "never"), (400, "0.4 s"), (59_000, "59 s"), (600_000, "10 min"), (10_800_000, "3 h"), (9 * DAY, "9 d")],
)
def test_ages_are_said_in_the_unit_that_fits(milliseconds: int | None, text: str) -> None:
    assert age(milliseconds) == text
