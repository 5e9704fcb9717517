"""A report of the network as Prometheus reads it: a state and an age for each row, and its figures.

For a timer that writes it beside the other figures of the operator's machine (node_exporter reads `*.prom` files), or
for whatever runs a command. The time of the report is among them: a report that stopped coming is seen to be old.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from meldkamer.network.sites.report import MirrorRow, Report, RoomRow, ServerRow, StreamRow
from meldkamer.prometheus import Family, Labels, Sample, exposition

STATES = ("fine", "unchecked", "wrong")
Row = ServerRow | StreamRow | MirrorRow | RoomRow
Rows = Sequence[tuple[Labels, Row]]


def status_metrics(report: Report) -> str:
    """The report as text."""
    return exposition(_families(report))


def _families(report: Report) -> Iterator[Family]:
    servers = [({"server": row.name, "site": row.site, "kind": row.kind}, row) for row in report.servers]
    streams = [({"stream": row.name}, row) for row in report.streams]
    mirrors = [({"site": row.site, "region": row.region}, row) for row in report.mirrors]
    rooms = [({"room": row.room, "site": row.site}, row) for row in report.rooms]
    yield _gauge("ok", "1 when everything is fine.", [({}, report.ok)])
    yield _gauge("reported_timestamp_seconds", "When the servers were asked.", [({}, report.at / 1000)])
    yield from _rows("server", servers)
    yield _gauge("server_certificate_days", "Days to the first end.", [(at, r.certificate_days) for at, r in servers])
    yield _gauge(
        "server_clock_ahead_seconds",
        "How much the server's clock is ahead of the asking machine's.",
        [(at, None if row.clock_ms is None else row.clock_ms / 1000) for at, row in servers],
    )
    yield _gauge("server_store_used_bytes", "What its streams take.", [(at, r.store_used or None) for at, r in servers])
    yield _gauge("server_store_limit_bytes", "And may take.", [(at, r.store_limit or None) for at, r in servers])
    yield _gauge(
        "server_info",
        "What runs there; always 1.",
        [({**at, "version": row.version}, 1 if row.version else None) for at, row in servers],
    )
    yield from _rows("stream", streams)
    yield _gauge("stream_last", "The newest sequence.", [(at, row.last if row.leader else None) for at, row in streams])
    yield _gauge("stream_copies", "Copies that are up to date.", [(at, row.copies) for at, row in streams])
    yield _gauge("stream_copies_wanted", "How many there ought to be.", [(at, row.of) for at, row in streams])
    yield from _rows("copy", mirrors)
    yield _gauge("copy_behind", "Entries that a room's copy is behind the core.", [(at, r.lag) for at, r in mirrors])
    yield _gauge(
        "copy_contact_age_seconds",
        "Seconds since it heard of the core.",
        [(at, None if row.contact_ms is None else row.contact_ms / 1000) for at, row in mirrors],
    )
    yield from _rows("room", rooms)
    yield _gauge(
        "lease_renewed_age_seconds",
        "Seconds since a room renewed its lease, by the core's clock; absent when it never did.",
        [(at, None if row.beat_ms is None else row.beat_ms / 1000) for at, row in rooms],
    )
    yield _gauge(
        "room_info",
        "What a room says that it runs, and how it says that it is; always 1.",
        [
            ({**at, "version": r.version, "pack": r.pack, "settings": r.settings, "health": r.health}, 1)
            for at, r in rooms
            if r.version
        ],
    )
    different = {row.what for row in report.differences}
    yield _gauge(
        "differs",
        "1 for what is not the same everywhere.",
        [({"what": what}, what in different) for what in ("version", "pack", "server")],
    )


def _rows(name: str, rows: Rows) -> Iterator[Family]:
    yield _gauge(
        f"{name}_state",
        "1 for the state of a row (fine, unchecked, wrong).",
        [({**at, "state": state}, row.state == state) for at, row in rows for state in STATES],
    )
    yield _gauge(
        f"{name}_age_seconds",
        "Seconds since this was said; absent when it never was.",
        [(at, None if row.age_ms is None else row.age_ms / 1000) for at, row in rows],
    )


def _gauge(name: str, help: str, values: Sequence[tuple[Labels, float | None]]) -> Family:
    samples = tuple(Sample(float(value), labels) for labels, value in values if value is not None)
    return Family(f"meldkamer_network_{name}", "gauge", help, samples)
