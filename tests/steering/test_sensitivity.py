"""What follows from the adopted tables alone. The figures stand in docs/money.md; here they are fixed by hand."""

from __future__ import annotations

from pathlib import Path

from meldkamer.steering import Plan, sensitivities


def test_the_figures_of_the_document(plan: Plan) -> None:
    found = sensitivities(plan)
    assert (found.room_total, found.mutation_total, found.drawdown_total) == (112_721, 112_722, 175_000)
    assert (found.opening, found.reserve_gap, found.linear_drawdown) == (168_413, 6_587, "34918.4")
    assert (found.closing_last, found.closing_last_without_drawdown) == (106_135, 281_135)
    assert [(lump.year, lump.closing, lump.lowest, lump.closing_last) for lump in found.lumps] == [
        (2025, 6_357, 6_357, 106_543),
        (2026, 27_630, 27_630, 106_543),
        (2027, 53_111, 53_111, 106_543),
        (2028, 79_753, 79_753, 106_543),
        (2029, 106_543, 106_543, 106_543),
    ]
    assert found.room_all_spent == [133_413, 98_413, 63_413, 28_413, -6_587]
    assert found.room_all_spent_first_below == 2029
    assert [(row.start, row.per_year) for row in found.constant_cost] == [
        (2025, 21_227),
        (2026, 26_534),
        (2027, 35_378),
        (2028, 53_068),
    ]
    assert [(row.percent, row.closing_last) for row in found.growth] == [(1, 85_887), (2, 65_233), (3, 44_168)]


def test_the_document_says_the_same(plan: Plan) -> None:
    text = (Path(__file__).parents[2] / "docs" / "money.md").read_text(encoding="utf-8")
    found = sensitivities(plan)
    numbers = [found.closing_last_without_drawdown, found.reserve_gap, found.room_total, found.mutation_total]
    numbers += [value for lump in found.lumps for value in (lump.lowest, lump.closing_last)]
    numbers += [row.per_year for row in found.constant_cost] + [row.closing_last for row in found.growth]
    missing = [n for n in numbers if f"{n:,}" not in text]
    assert not missing
