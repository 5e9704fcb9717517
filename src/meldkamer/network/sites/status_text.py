"""A report of the network as lines for a person: what is wrong first, then the figures, each with its age."""

from __future__ import annotations

from collections.abc import Iterator

from meldkamer.domain.clock import Millis
from meldkamer.network.sites.report import Difference, MirrorRow, Report, RoomRow, ServerRow, StreamRow

Row = ServerRow | StreamRow | MirrorRow | RoomRow
MARK = {"fine": "  ", "wrong": "! ", "unchecked": "? "}


def status_text(report: Report) -> str:
    """The report as text. `!` = wrong, `?` = could not be checked; in brackets the page of docs/run/ that helps."""
    return "\n".join(_lines(report)) + "\n"


def age(milliseconds: Millis | None) -> str:
    """How long ago, in the largest unit that fits: `0.4 s`, `3 min`, `5 h`, `2 d`; `never`."""
    if milliseconds is None:
        return "never"
    seconds = milliseconds / 1000
    for limit, unit, name in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{seconds:.1f} s" if seconds < 10 else f"{seconds / unit:.0f} {name}"
    return f"{seconds / 86_400:.0f} d"


def _lines(report: Report) -> Iterator[str]:
    rows: list[Row] = [*report.servers, *report.streams, *report.mirrors, *report.rooms]
    wrong = sum(row.state == "wrong" for row in rows)
    unchecked = sum(row.state == "unchecked" for row in rows)
    differs = f", {len(report.differences)} not the same everywhere" if report.differences else ""
    verdict = "fine" if report.ok else f"{wrong} wrong, {unchecked} could not be checked{differs}"
    cores = [row for row in report.servers if row.kind == "core"]
    led = f"; the core is led by {report.meta_leader or 'nobody we could ask'}" if len(cores) > 1 else ""
    yield f"network {report.network}: {verdict}{led}"
    yield ""
    yield "  server       version   certificate  age       "
    yield from (_server(row) for row in report.servers)
    yield ""
    yield "  stream       leader       copies  entries    age       "
    yield from (_stream(row) for row in report.streams)
    yield ""
    yield "  copies of every region, by room server (entries behind the core; when it was last heard of)"
    for site in dict.fromkeys(row.site for row in report.mirrors):
        yield from _site(site, [row for row in report.mirrors if row.site == site])
    yield ""
    yield "  room         at           lease renewed  version   pack       settings"
    yield from (_room(row) for row in report.rooms)
    yield from (_difference(row) for row in report.differences)


def _server(row: ServerRow) -> str:
    days = "" if row.certificate_days is None else f"{row.certificate_days} d"
    seen = age(row.age_ms) if row.state != "unchecked" else f"last seen {age(row.age_ms)} ago"
    if row.state == "unchecked" and row.age_ms is None:
        seen = "never seen"
    return f"{MARK[row.state]}{row.name:<12} {row.version:<9} {days:<12} {seen:<9} {_why(row)}".rstrip()


def _stream(row: StreamRow) -> str:
    copies = f"{row.copies} of {row.of}"
    return (
        f"{MARK[row.state]}{row.name:<12} {row.leader or '-':<12} {copies:<7} {row.last:<10} {age(row.age_ms):<9} "
        f"{_why(row)}"
    ).rstrip()


def _room(row: RoomRow) -> str:
    beat = "" if row.state == "unchecked" else f"{age(row.beat_ms)}{' ago' if row.beat_ms is not None else ''}"
    runs = f"{row.version or '-':<9} {row.pack[:8] or '-':<10} {row.settings[:8] or '-':<9}"
    return f"{MARK[row.state]}{row.room:<12} {row.site:<12} {beat:<14} {runs} {_why(row)}".rstrip()


def _difference(row: Difference) -> str:
    what = {"version": "rooms run different versions", "pack": "rooms run different packs"}.get(
        row.what, "servers run different versions"
    )
    values = "; ".join(f"{value[:16]}: {', '.join(who)}" for value, who in row.values.items())
    return f"! {what} ({values}) [{row.run}]"


def _site(site: str, rows: list[MirrorRow]) -> Iterator[str]:
    good = [row for row in rows if row.state == "fine"]
    if good:
        behind = max(row.lag or 0 for row in good)
        heard = max(row.contact_ms or 0 for row in good)
        oldest = max(row.age_ms or 0 for row in good)
        said = f"at most {behind} behind, heard {age(heard)} ago, asked {age(oldest)} ago"
        yield f"  room-{site:<7} {len(good)} of {len(rows)}: {said}"
    by_reason: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.state != "fine":
            by_reason.setdefault((MARK[row.state], _why(row)), []).append(row.region)
    for (mark, why), regions in by_reason.items():
        yield f"{mark}room-{site:<7} {', '.join(regions)}: {why}"


def _why(row: Row) -> str:
    why = f"could not check: {row.why}" if row.state == "unchecked" else row.why
    return f"{why} [{row.run}]" if row.run else why
