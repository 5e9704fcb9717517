"""The plan as one workbook (xlsx) for whoever works on in a spreadsheet: money, what if, lines, risks, measures.

Each sheet says above its table of which kind its facts are. Cells hold values and never formulas: a text that looks
like one stays a text, and what was adopted cannot be recomputed by opening the file.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec

from meldkamer.steering.board import Board, BoardRow
from meldkamer.steering.budget import Account, Budget
from meldkamer.steering.outcome import Outcome
from meldkamer.steering.parties import Party, Role
from meldkamer.steering.plan import Plan
from meldkamer.steering.portfolio import Demand, Item, Line, MoneyNote
from meldkamer.steering.proof.report import Proof
from meldkamer.steering.reconcile import reconcile
from meldkamer.steering.record import Record

Language = Literal["nl", "en"]
Cell = str | int | float | datetime.date | None

OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
WIDEST = 60
LONGEST = 31
"""Characters of a sheet's name, by the format."""
_BAD = str.maketrans("[]:*?/\\", "       ")


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """One sheet. note: above the table, of which kind it is. chart: (first column, columns) of a line per column over
    the first column, below the table."""

    name: str
    note: str
    head: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    chart: tuple[int, ...] = ()


def workbook(
    plan: Plan,
    language: Language,
    date: datetime.date,
    *,
    outcomes: Sequence[Outcome] = (),
    board: Board | None = None,
    proof: Proof | None = None,
) -> bytes:
    """The bytes of the file. board, proof: left out when they are None. The same plan and date give the same cells."""
    import xlsxwriter  # a quarter of a second that only this needs

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, OPTIONS)
    book.set_properties({"title": plan.manifest.name, "created": datetime.datetime.combine(date, datetime.time())})
    looks = {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "note": book.add_format({"italic": True}),
        "whole": book.add_format({"num_format": "#,##0", "valign": "top"}),
        "share": book.add_format({"num_format": "0.0###", "valign": "top"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
    }
    taken: set[str] = set()
    for sheet in _sheets(plan, _Words(language), date, outcomes, board, proof):
        _write(book, sheet, looks, _free(sheet.name, taken))
    book.close()
    return out.getvalue()


def _write(book: Any, sheet: Sheet, looks: dict[str, Any], name: str) -> None:
    page = book.add_worksheet(name)
    page.write_string(0, 0, sheet.note, looks["note"])
    for n, head in enumerate(sheet.head):
        page.write_string(1, n, head, looks["head"])
    widths = [len(head) for head in sheet.head]
    for at, row in enumerate(sheet.rows, 2):
        for n, cell in enumerate(row):
            widths[n] = max(widths[n], len(str(cell)) if cell is not None else 0)
            match cell:
                case None:
                    page.write_blank(at, n, None, looks["text"])
                case datetime.date():
                    page.write_datetime(at, n, datetime.datetime.combine(cell, datetime.time()), looks["day"])
                case int():
                    page.write_number(at, n, cell, looks["whole"])
                case float():
                    page.write_number(at, n, cell, looks["share"])
                case _:
                    page.write_string(at, n, cell, looks["text"])
    for n, width in enumerate(widths):
        page.set_column(n, n, min(WIDEST, width + 2))
    last = len(sheet.rows) + 1
    page.freeze_panes(2, 1)
    if sheet.rows:
        page.autofilter(1, 0, last, len(sheet.head) - 1)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(1)
    if sheet.chart and sheet.rows:
        chart = book.add_chart({"type": "line"})
        for n in sheet.chart:
            series = {"name": [name, 1, n], "categories": [name, 2, 0, last, 0], "values": [name, 2, n, last, n]}
            chart.add_series(series)
        chart.set_size({"width": 760, "height": 360})
        chart.set_legend({"position": "bottom"})
        page.insert_chart(
            last + 2, 0, chart, {"description": f"{sheet.name}: {', '.join(sheet.head[i] for i in sheet.chart)}"}
        )


def _free(name: str, taken: set[str]) -> str:
    """A name that the format allows and that no other sheet has."""
    plain = name.translate(_BAD).strip(" '")[:LONGEST] or "-"
    n, found = 1, plain
    while found.lower() in taken:
        n += 1
        found = f"{plain[: LONGEST - 1 - len(str(n))]} {n}"
    taken.add(found.lower())
    return found


class _Words:
    """Dutch or English."""

    def __init__(self, language: Language) -> None:
        self.english = language == "en"

    def __call__(self, dutch: str, english: str) -> str:
        return english if self.english else dutch

    def name(self, record: object) -> str:
        """A record's name in this language."""
        if not isinstance(record, Record):
            return ""
        return (record.name_en if self.english else record.name) or record.name

    def said(self, value: Any) -> Cell:
        """A value of the plan; what it does not say reads "unknown", never nothing."""
        if value == "unknown":
            return self("onbekend", "unknown")
        if isinstance(value, tuple | list):
            return ", ".join(map(str, value))
        if isinstance(value, bool):
            return self("ja", "yes") if value else self("nee", "no")
        return value  # type: ignore[no-any-return]


def _sheets(
    plan: Plan,
    t: _Words,
    date: datetime.date,
    outcomes: Sequence[Outcome],
    board: Board | None,
    proof: Proof | None,
) -> Iterable[Sheet]:
    made = t(f"versie {plan.manifest.version}, gemaakt {date}", f"version {plan.manifest.version}, made {date}")
    adopted = t("Vastgesteld, duizenden euro; niets is herrekend", "Adopted, thousands of euro; nothing recomputed")
    yield _money(t("Begroting", "Budget"), f"{adopted}; {made}", plan.budget, t)
    yield _money(t("Rekening-courant", "Current account"), f"{adopted}; {made}", plan.account, t)
    yield Sheet(
        name=t("Verbanden", "Relations"),
        note=t("Doorgerekend uit de vastgestelde cellen", "Worked out from the adopted cells"),
        head=(
            t("Verband", "Relation"),
            t("Uitdrukking", "Expression"),
            t("Jaar", "Year"),
            t("Staat er", "Printed"),
            t("Volgt eruit", "Follows"),
            t("Verschil", "Difference"),
        ),
        rows=[
            (r.relation, r.expression, str(r.year), r.printed, r.derived, r.printed_minus_derived)
            for r in reconcile(plan)
        ],
    )
    yield Sheet(
        name=t("Lijsten", "Lists"),
        note=t("Gewogen: wat in het geld zit en wat niet", "Judged: what is in the money and what is not"),
        head=("id", t("Lijst", "List"), t("Wat", "What"), t("Bedrag", "Amount"), t("Scenario", "Scenario")),
        rows=[(n.id, n.list, t.name(n), t.said(n.amount), n.scenario) for n in plan.of(MoneyNote)],
    )
    for outcome in outcomes:
        yield _outcome(outcome, t)
    yield _items(plan, t, made)
    yield _demands(plan, t, made)
    if board is not None:
        yield _risks(plan, board, t, made)
    if proof is not None:
        yield _measures(plan, proof, t, made)


def _money(name: str, note: str, table: Budget | Account, t: _Words) -> Sheet:
    return Sheet(
        name=name,
        note=note,
        head=(t("Regel", "Row"), t("Naam", "Name"), t("Bron", "Source"), *map(str, table.years)),
        rows=[(r.line, (r.name_en if t.english else r.name) or r.name, r.source, *r.amounts) for r in table.rows],
    )


def _outcome(o: Outcome, t: _Words) -> Sheet:
    gaps = ", ".join((gap.name_en if t.english else gap.name) or gap.name for gap in o.gaps)
    question = (o.question_en if t.english else o.question) or o.question
    unknown = t(f"; onbekend blijft: {gaps}", f"; unknown stays: {gaps}") if gaps else ""
    return Sheet(
        name=(o.name_en if t.english else o.name) or o.name,
        note=t(
            f"Doorgerekend: {question} {o.runs} keer, zaad {o.seed}, invoer {o.inputs[:12]}{unknown}",
            f"Worked out: {question} {o.runs} runs, seed {o.seed}, inputs {o.inputs[:12]}{unknown}",
        ),
        head=(
            t("Jaar", "Year"),
            t("Vastgesteld", "Adopted"),
            t("Zonder de posten", "Without its items"),
            "p10",
            "p50",
            "p90",
            t("Ruimte p50", "Room p50"),
            t("Keer onder de bodem", "Times below the floor"),
        ),
        rows=[
            (
                str(y.year), y.adopted, y.without_items, y.closing.p10, y.closing.p50, y.closing.p90, y.room.p50,
                y.below_floor,
            )
            for y in o.years
        ],
        chart=(1, 3, 4, 5),
    )  # fmt: skip


def _items(plan: Plan, t: _Words, made: str) -> Sheet:
    lines = {line.id: line for line in plan.of(Line)}
    return Sheet(
        name=t("Lijnen", "Lines"),
        note=f"{t('Gewogen', 'Judged')}; {made}",
        head=(
            "id",
            t("Werk", "Work"),
            t("Lijn", "Line"),
            t("Plaats (0 continuïteit, 10 vernieuwing)", "Place (0 continuity, 10 renewal)"),
            t("Termijn", "Horizon"),
            t("Begin", "Start"),
            t("Einde", "End"),
            t("Stand", "State"),
            t("Fte-jaren", "Fte years"),
            t("Deskundigheid", "Expertise"),
            t("Gevraagd door", "Asked by"),
            t("Aanbod van techniek", "Technology push"),
            t("Eigenaar", "Accountable"),
            t("Eisen", "Requirements"),
        ),
        rows=[
            (
                i.id, t.name(i), t.name(lines.get(i.line)), i.axis, i.horizon, _year(t, i.start), _year(t, i.end),
                i.state, t.said(i.capacity), t.said(i.expertise), t.said(i.asked_by), t.said(i.push),
                _who(plan, t, i.accountable), t.said(i.serves),
            )
            for i in plan.of(Item)
        ],
    )  # fmt: skip


def _demands(plan: Plan, t: _Words, made: str) -> Sheet:
    met = {"no": t("nee", "no"), "unknown": t("onbekend", "unknown")}
    return Sheet(
        name=t("Vragen", "Demands"),
        note=t(f"Gewogen; vastgelegd is niet voldaan; {made}", f"Judged; recorded is not met; {made}"),
        head=(
            "id",
            t("Kamer", "Room"),
            t("Vraag", "Demand"),
            t("Vastgelegd", "Recorded"),
            t("Opgepakt door", "Taken up by"),
            t("Antwoord", "Answer"),
            t("Voldaan", "Met"),
        ),
        rows=[
            (d.id, d.room, t.name(d), d.recorded, t.said(d.items), d.answer, met.get(str(d.met), d.met))
            for d in plan.of(Demand)
        ],
    )


def _risks(plan: Plan, board: Board, t: _Words, made: str) -> Sheet:
    parties = [cell.party for cell in board.rows[0].cells] if board.rows else []
    judged, measured = t("gewogen", "judged"), t("gemeten", "measured")
    head = ["id", t("Risico", "Risk"), t("Soort", "Kind"), t("Eigenaar", "Accountable")]
    head += [f"{party} ({judged})" for party in parties]
    head += [t("Netwerk", "Network") + f" ({judged})", t("Niveau", "Level")]
    head += [t("Keer gezien", "Times seen") + f" ({measured})", t("In dagen", "In days") + f" ({measured})"]
    head += [t("Maatregelen", "Treatments")]
    return Sheet(
        name=t("Risico's", "Risks"),
        note=t(f"Gewogen, met wat is gemeten ernaast; {made}", f"Judged, with what was measured beside it; {made}"),
        head=tuple(head),
        rows=[
            (
                row.risk,
                (row.name_en if t.english else row.name) or row.name,
                t("kans", "chance") if row.kind == "chance" else t("risico", "risk"),
                _who(plan, t, row.accountable),
                *(_cell(cell, t) for cell in row.cells),
                row.score if row.score is not None else t("nog niet", "not yet"),
                row.level or None,
                *_seen(row, t),
                "; ".join(b.name for b in row.treatments) or None,
            )
            for row in board.rows
        ],
    )


def _cell(cell: Any, t: _Words) -> Cell:
    if cell.state == "not yet judged":
        return t("nog niet", "not yet")
    if cell.state == "does not hold":
        return t("geldt niet", "does not hold")
    old = t(" (verouderd)", " (stale)") if cell.stale else ""
    return f"{cell.likelihood} x {cell.impact} = {cell.score}{old}"


def _seen(row: BoardRow, t: _Words) -> tuple[Cell, Cell]:
    if row.seen is None:
        return t("niet gecontroleerd", "not checked"), None
    return row.seen.count, row.seen.days


def _measures(plan: Plan, proof: Proof, t: _Words, made: str) -> Sheet:
    judged, measured = t("gewogen", "judged"), t("gemeten", "measured")
    head = [t("Kader", "Framework"), t("Nummer", "Number"), t("Maatregel", "Measure"), t("Eigenaar", "Accountable")]
    head += [t("Waarde", "Value") + f" ({measured})", t("Deel", "Share") + f" ({measured})"]
    head += [t("Dagen oud", "Days old") + f" ({measured})"]
    for party in proof.parties:
        head += [
            f"{party}, {t('graad van 4', 'degree of 4')} ({judged})",
            f"{party}, {t('waaraan te zien', 'evidence')}",
        ]
    return Sheet(
        name=t("Maatregelen", "Measures"),
        note=t(f"Gemeten en gewogen, elk in eigen kolommen; {made}", f"Measured and judged in columns apart; {made}"),
        head=tuple(head),
        rows=[
            (
                m.framework,
                m.number,
                (m.name_en if t.english else m.name) or m.name,
                _who(plan, t, m.accountable),
                None if m.seen is None else m.seen.value,
                None
                if m.seen is None
                else t("niet gecontroleerd", "not checked")
                if m.seen.share is None
                else m.seen.share,
                m.age_days,
                *(cell for said in m.said for cell in _spoken(said, t)),
            )
            for m in proof.measures
        ],
    )


def _spoken(said: Any, t: _Words) -> tuple[Cell, Cell]:
    if said.state == "not yet judged":
        return t("nog niet", "not yet"), None
    if said.state == "does not apply":
        return t("niet van toepassing", "does not apply"), said.reason
    return said.degree, said.evidence or said.reason or None


def _who(plan: Plan, t: _Words, id: str) -> str:
    record = plan.by_id.get(id)
    return t.name(record) if isinstance(record, Role | Party) else id


def _year(t: _Words, year: int | str) -> Cell:
    """A year is a label: it has no thousands."""
    return t.said(year) if isinstance(year, str) else str(year)
