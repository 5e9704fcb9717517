"""The report's charts: rooms beside each other with their uncertainty, the day by hour, and who answered for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from meldkamer.insight.judged import Row
from meldkamer.insight.overflow import Overflow
from meldkamer.insight.quality import Quality
from meldkamer.insight.svg import box, dot, drawing, line, steps, text
from meldkamer.insight.words import Language, duration, percent, words

WIDTH = 760
LEFT, RIGHT = 62, 190
TOP, ROW = 34, 24

_MARK = {"better": ("up", "room"), "worse": ("down", "worse"), "no_difference": ("round", "room")}


def quality_chart(title: str, found: Quality, target: float | None, language: Language) -> str:
    """Each room's share with its interval on one scale; shape and word say which differences are more than chance."""
    w = words(language)
    lows = [r.share.low for r in found.rooms if r.share is not None]
    lowest = min([*lows, 1.0 if target is None else target], default=0.0)
    start = next((mark for mark in (0.9, 0.8, 0.6) if lowest >= mark), 0.0)
    top = TOP if target is not None else 12

    height = top + ROW * len(found.rooms) + 30
    foot = height - 26

    def x(share: float) -> float:
        return LEFT + (share - start) / (1 - start) * (WIDTH - LEFT - RIGHT)

    body, said = [], []
    marks = [start + (1 - start) * n / 4 for n in range(5)]
    for mark in marks:
        body.append(line(x(mark), top - 6, x(mark), foot, "rule"))
        body.append(text(x(mark), foot + 16, percent(mark, language), anchor="middle"))
    if target is not None:
        body += [
            line(x(target), top - 12, x(target), foot, "norm"),
            text(x(target), top - 16, f"{w['norm']} {percent(target, language)}", "small normtext", "middle"),
        ]
    for n, room in enumerate(found.rooms):
        y = top + ROW * n + ROW / 2
        body.append(text(LEFT - 12, y + 5, room.room, "label", "end"))
        standing = w[room.standing]
        if room.share is None:
            body.append(line(LEFT, y, WIDTH - RIGHT, y, "absent"))
        else:
            shape, kind = _MARK.get(room.standing, ("round", "room"))
            counted = f"{room.share.met} {w['of']} {room.share.of}"
            tip = f"{room.room}: {percent(room.share.value, language)} ({counted})"
            body += [
                line(x(room.share.low), y, x(room.share.high), y, f"reach {kind}"),
                dot(x(room.share.value), y, kind, shape, tip),
            ]
            said.append(f"{tip}, {standing}")
        body.append(
            text(WIDTH - RIGHT + 16, y + 5, standing, "small worsetext" if room.standing == "worse" else "small")
        )
    absent = [r.room for r in found.rooms if r.share is None]
    if absent:
        said.append(f"{w['not_measured']}: {', '.join(absent)}")
    return drawing(WIDTH, height, title, "; ".join(said), body)


def hour_chart(title: str, rows: Sequence[Row], norm: float | None, language: Language) -> str:
    """Median and 90th percentile by hour as columns, the norm across; an hour without cases stays open, not at zero."""
    w = words(language)
    height, head, foot, right = 222, 30, 196, WIDTH - 14
    values = [r.p90.value for r in rows if r.p90 is not None]
    marks = steps(max([*values, norm or 0.0], default=0.0))
    wide = (right - LEFT) / max(1, len(rows))

    def y(seconds: float) -> float:
        return foot - seconds / marks[-1] * (foot - head)

    body = [line(LEFT, y(m), right, y(m), "rule") for m in marks]
    body += [text(LEFT - 8, y(m) + 4, duration(m, language), anchor="end") for m in marks]
    said = []
    for n, row in enumerate(rows):
        left = LEFT + n * wide
        if n % 3 == 0:
            body.append(text(left + wide / 2, foot + 18, row.key, anchor="middle"))
        if row.p50 is None or row.p90 is None:
            body.append(line(left + 3, foot - 2, left + wide - 3, foot - 2, "absent"))
            continue
        tip = (
            f"{row.key}: {w['median_short']} {duration(row.p50.value, language)}, "
            f"{w['ninety_short']} {duration(row.p90.value, language)}, {row.measured}"
        )
        said.append(tip)
        body += [
            box(left + 3, y(row.p90.value), wide - 6, foot - y(row.p90.value), "ninety", tip),
            box(left + 3, y(row.p50.value), wide - 6, foot - y(row.p50.value), "half", tip),
        ]
    if norm is not None:
        body += [
            line(LEFT, y(norm), right, y(norm), "norm"),
            text(right, y(norm) - 5, f"{w['norm']} {duration(norm, language)}", "small normtext", "end"),
        ]
    body += [
        box(LEFT, 4, 12, 12, "half"),
        text(LEFT + 18, 15, w["median_short"]),
        box(LEFT + 110, 4, 12, 12, "ninety"),
        text(LEFT + 128, 15, w["ninety_short"]),
    ]
    return drawing(WIDTH, height, title, "; ".join(said) or w["not_measured"], body)


def overflow_chart(title: str, rows: Sequence[Overflow], language: Language) -> str:
    """Per room its own calls by who answered them, and what it answered for others."""
    w = words(language)
    right = WIDTH - 60
    most = max((r.own + r.helped for r in rows), default=0)
    height = TOP + ROW * len(rows) + 8
    kinds = (("answered_here", "half"), ("overflow_out", "over"), ("taken_over", "taken"), ("helped", "helped"))
    body, said = [], []
    for n, (name, kind) in enumerate(kinds):
        body += [box(LEFT + n * 160, 6, 12, 12, kind), text(LEFT + n * 160 + 18, 17, w[name])]
    for n, row in enumerate(rows):
        y = TOP + ROW * n
        body.append(text(LEFT - 12, y + 16, row.room, "label", "end"))
        if not row.own and not row.helped:
            body += [line(LEFT, y + 11, right, y + 11, "absent"), text(right + 8, y + 16, w["none"])]
            continue
        at = float(LEFT)
        for name, kind in kinds:
            count = getattr(row, name)
            wide = count / most * (right - LEFT)
            if count:
                body.append(box(at, y + 3, wide, ROW - 8, kind, f"{row.room}: {w[name]} {count}"))
            at += wide
        body.append(text(at + 8, y + 16, str(row.own + row.helped)))
        said.append(f"{row.room}: " + ", ".join(f"{w[name]} {getattr(row, name)}" for name, _ in kinds))
    return drawing(WIDTH, height, title, "; ".join(said) or w["not_measured"], body)


def group_chart(
    title: str, rows: Sequence[Row], names: Mapping[str, str], norm: float | None, language: Language
) -> str:
    """A group a line: the median as a round mark, the 90th percentile as the end of a bar with its interval.
    names: key -> how it is called. norm: seconds, drawn across."""
    w = words(language)
    left, right = 222, WIDTH - 96
    values = [v for r in rows if r.p90 is not None for v in (r.p90.value, r.p90.high or 0.0)]
    marks = steps(max([*values, norm or 0.0], default=0.0))
    height = TOP + ROW * len(rows) + 30
    foot = height - 26

    def x(seconds: float) -> float:
        return left + seconds / marks[-1] * (right - left)

    body = [
        box(left, 8, 12, 12, "ninety"),
        text(left + 18, 19, w["ninety_short"]),
        dot(left + 176, 14, "median", "round"),
        text(left + 188, 19, w["median_short"]),
    ]
    for mark in marks:
        body.append(line(x(mark), TOP - 4, x(mark), foot, "rule"))
        body.append(text(x(mark), foot + 16, duration(mark, language), anchor="middle"))
    said = []
    for n, row in enumerate(rows):
        y = TOP + ROW * n + ROW / 2
        name = names.get(row.key, row.key)
        body.append(text(left - 12, y + 5, name if len(name) <= 24 else name[:23] + "…", "label", "end"))
        if row.p50 is None or row.p90 is None:
            body += [line(left, y, right, y, "absent"), text(right + 8, y + 5, w["none"])]
            continue
        p90 = row.p90
        tip = (
            f"{name}: {w['median_short']} {duration(row.p50.value, language)}, "
            f"{w['ninety_short']} {duration(p90.value, language)}, {row.measured}"
        )
        said.append(tip)
        low, high = p90.value if p90.low is None else p90.low, p90.value if p90.high is None else p90.high
        body += [
            box(left, y - 7, x(p90.value) - left, 14, "ninety", tip),
            line(x(low), y, x(high), y, "reach room"),
            dot(x(row.p50.value), y, "median", "round", tip),
            text(right + 8, y + 5, f"n = {row.measured}"),
        ]
    if norm is not None:
        body += [
            line(x(norm), TOP - 4, x(norm), foot, "norm"),
            text(x(norm) - 6, 19, f"{w['norm']} {duration(norm, language)}", "small normtext", "end")
            if x(norm) > left + 420
            else text(right, 19, f"{w['norm']} {duration(norm, language)}", "small normtext", "end"),
        ]
    return drawing(WIDTH, height, title, "; ".join(said) or w["not_measured"], body)
