"""Charts of the plan's money, drawn by the server: the account under a scenario, and costs with the room above them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Literal

from meldkamer.steering.outcome import Outcome
from meldkamer.steering.plan import Plan
from meldkamer.steering.svg import HEIGHT, LEFT, RIGHT, WIDTH, Scale, across, frame, label, millions, path

Language = Literal["nl", "en"]

WORDS = {
    "nl": {
        "unit": "miljoen euro, stand op 31 december",
        "money": "miljoen euro per jaar",
        "adopted": "vastgesteld",
        "middle": "midden",
        "band": "8 van 10",
        "floor": "ondergrens",
        "budget": "Kosten en ruimte",
        "cost": "kosten",
        "room": "ruimte",
        "below": "keer onder de ondergrens",
        "unknown": "nog onbekend",
    },
    "en": {
        "unit": "million euro, balance on 31 December",
        "money": "million euro per year",
        "adopted": "adopted",
        "middle": "middle",
        "band": "8 in 10",
        "floor": "floor",
        "budget": "Costs and room",
        "cost": "costs",
        "room": "room",
        "below": "times below the floor",
        "unknown": "still unknown",
    },
}


def write_charts(folder: Path, plan: Plan, outcomes: Iterable[Outcome], language: Language) -> list[Path]:
    """Write the budget and each scenario as SVG; returns the files. Raises OSError when it cannot."""
    folder.mkdir(parents=True, exist_ok=True)
    drawings = {"budget": budget_chart(plan, language)}
    for outcome in outcomes:
        drawings[f"scenario-{Path(outcome.scenario).stem}"] = account_chart(outcome, language)
    written = []
    for name, drawing in drawings.items():
        file = folder / f"{name}.svg"
        file.write_text(drawing, encoding="utf-8")
        written.append(file)
    return written


def account_chart(outcome: Outcome, language: Language = "nl") -> str:
    """The account year by year: as adopted, the middle of the runs, and the band that holds eight in ten."""
    words, years = WORDS[language], outcome.years
    amount = partial(millions, language=language)
    bands = [year.closing for year in years]
    scale = Scale.around([*(y.adopted for y in years), *(b.p10 for b in bands), *(b.p90 for b in bands), outcome.floor])
    xs = [across(len(years), n) for n in range(len(years))]
    edge = [(x, scale.y(b.p90)) for x, b in zip(xs, bands, strict=True)]
    edge += [(x, scale.y(b.p10)) for x, b in reversed(list(zip(xs, bands, strict=True)))]
    points = " ".join(f"{x},{y}" for x, y in edge)
    end = WIDTH - RIGHT
    floor = scale.y(outcome.floor)
    body = [
        f'<polygon class="band" points="{points}"/>',
        f'<line class="floor" x1="{LEFT}" y1="{floor}" x2="{end}" y2="{floor}"/>',
        path([(x, scale.y(y.adopted)) for x, y in zip(xs, years, strict=True)], "adopted"),
        path([(x, scale.y(b.p50)) for x, b in zip(xs, bands, strict=True)], "middle"),
    ]
    for x, year in zip(xs, years, strict=True):
        body.append(label(x, HEIGHT - 24, str(year.year), ""))
        if year.below_floor:
            body.append(label(x, HEIGHT - 8, f"{year.below_floor}/{outcome.runs} {words['below']}", "small below"))
    last = years[-1]
    names = [
        (scale.y(last.adopted), f"{words['adopted']} {amount(last.adopted)}"),
        (scale.y(last.closing.p50), f"{words['middle']} {amount(last.closing.p50)}"),
        (floor, f"{words['floor']} {amount(outcome.floor)}"),
    ]
    if last.closing.p90 > last.closing.p10:
        names.append(
            (
                scale.y(last.closing.p90),
                f"{words['band']} {amount(last.closing.p10)}-{amount(last.closing.p90)}",
            )
        )
    height = -100.0
    for y, text in sorted(names):
        height = max(y, height + 17)
        body.append(label(end + 8, height + 4, text, "small", "start"))
    title = outcome.name if language == "nl" else outcome.name_en
    if outcome.gaps:
        gaps = ", ".join(gap.name if language == "nl" else gap.name_en for gap in outcome.gaps[:2])
        more = f" +{len(outcome.gaps) - 2}" if len(outcome.gaps) > 2 else ""
        body.append(label(end, 44, f"{words['unknown']}: {gaps}{more}", "small", "end"))
    said = "; ".join(
        f"{y.year}: {words['adopted']} {amount(y.adopted)}, {words['middle']} {amount(y.closing.p50)}, "
        f"{words['band']} {amount(y.closing.p10)} - {amount(y.closing.p90)}"
        for y in years
    )
    return frame(title, said, scale, words["unit"], body, language)


def budget_chart(plan: Plan, language: Language = "nl") -> str:
    """Per year the cost that the contribution pays, and the room above it; as printed."""
    words, budget = WORDS[language], plan.budget
    amount = partial(millions, language=language)
    costs, rooms = budget.row("total_without_recovered").amounts, budget.row("room").amounts
    scale = Scale.around([cost + max(0, room) for cost, room in zip(costs, rooms, strict=True)])
    body = []
    for n, (year, cost, room) in enumerate(zip(budget.years, costs, rooms, strict=True)):
        x, width = across(len(costs), n), 68
        foot, top = scale.y(cost), scale.y(cost + room)
        ground = scale.y(0)
        body.append(f'<rect class="cost" x="{x - width / 2}" y="{foot}" width="{width}" height="{ground - foot:.1f}"/>')
        if room > 0:
            body.append(f'<rect class="room" x="{x - width / 2}" y="{top}" width="{width}" height="{foot - top:.1f}"/>')
        body.append(label(x, top - 6, f"{words['room']} {amount(room)}"))
        body.append(label(x, foot + 18, amount(cost), "small on"))
        body.append(label(x, HEIGHT - 24, str(year), ""))
    said = "; ".join(
        f"{year}: {words['cost']} {amount(cost)}, {words['room']} {amount(room)}"
        for year, cost, room in zip(budget.years, costs, rooms, strict=True)
    )
    return frame(words["budget"], said, scale, words["money"], body, language)
