"""The plan's report as one page: opens without signing in, prints on A4, and asks nothing of any server.

It holds what the screens hold, as it was when it was made. Of a record that was not given it says "not checked".
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import msgspec

from meldkamer.steering.adoption import Adoption
from meldkamer.steering.board import Board, Cell
from meldkamer.steering.budget import Account, Budget
from meldkamer.steering.charts import account_chart, budget_chart
from meldkamer.steering.continuity.structs import Continuity
from meldkamer.steering.difference import Difference
from meldkamer.steering.lines import axis_chart, portfolio
from meldkamer.steering.outcome import Outcome
from meldkamer.steering.plan import Plan
from meldkamer.steering.portfolio import Demand
from meldkamer.steering.proof.report import Proof
from meldkamer.steering.reconcile import reconcile
from meldkamer.steering.report_words import Language, words

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = Path(__file__).with_name("report_page.css")

SHAPES = {
    "measured": '<path d="M1 11H6L8 4L12 16L14 11H19"/>',
    "judged": '<circle cx="10" cy="6" r="3.5"/><path d="M3 18C3 12 17 12 17 18"/>',
    "adopted": '<path d="M4 2H16V18H4ZM7 6H13M7 9H13"/><circle cx="12" cy="14" r="2" fill="currentColor"/>',
    "what_if": '<path d="M2 16C7 16 7 5 18 5" stroke-dasharray="3 2.5"/>',
}
"""As on the screens: no kind of fact is told by its colour."""


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What goes into a report. continuity, proof: None where no record was given; since: changes after the last
    adoption, None where nothing was ever adopted."""

    plan: Plan
    date: datetime.date
    board: Board
    outcomes: list[Outcome]
    adoptions: list[Adoption]
    since: list[Difference] | None
    continuity: Continuity | None
    proof: Proof | None


def as_html(contents: Contents, language: Language, files: Sequence[str] = ()) -> str:
    """The whole page. files: names of tables beside it, to link to."""
    return _Page(contents, language, files).whole()


class _Page:
    def __init__(self, contents: Contents, language: Language, files: Sequence[str]) -> None:
        self.c, self.language, self.files = contents, language, files
        self.w = words(language)

    def whole(self) -> str:
        manifest = self.c.plan.manifest
        parts = [
            f"<h1>{escape(manifest.name)}</h1>",
            f'<p class="about">{self._say("made", date=self.c.date, version=manifest.version)}</p>',
            f"<p>{escape(self.w['kinds'])}</p>",
            *self._binding(),
            *self._risks(),
            *self._continuity(),
            *self._lines(),
            *self._money(),
            *self._proof(),
            *self._files(),
        ]
        return "\n".join(
            [
                "<!doctype html>",
                f'<html lang="{self.language}"><head><meta charset="utf-8">',
                f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
                '<meta name="viewport" content="width=device-width, initial-scale=1">',
                f"<title>{escape(manifest.name)}, {self.c.date}</title>",
                f"<style>{STYLE.read_text(encoding='utf-8')}</style></head><body><main>",
                *parts,
                "</main></body></html>\n",
            ]
        )

    # --- parts ------------------------------------------------------------------------------------------------------

    def _binding(self) -> Iterable[str]:
        manifest = self.c.plan.manifest
        yield self._head("binds", "adopted")
        yield f"<p>{self._say('decision', decision=manifest.decision, date=manifest.date)}</p>"
        if not self.c.adoptions:
            yield f"<p>{self._say('no_adoption')}</p>"
            return
        rows = [
            f"<li>{escape(a.body)}, {a.date}: <code>{escape(a.tag)}</code> <code>{a.identity[:16]}</code></li>"
            for a in self.c.adoptions
        ]
        yield f"<ul>{''.join(rows)}</ul>"
        if self.c.since is not None:
            yield self._head("changes", "judged", 3, tag=self.c.adoptions[-1].tag)
            yield self._table(
                [self.w["what"], self.w["reason"]],
                [
                    [
                        f"{self.w[d.what]} <code>{escape(d.id)}</code>",
                        escape("; ".join(d.reasons) or self.w["no_reason"]),
                    ]
                    for d in self.c.since
                ],
            )

    def _risks(self) -> Iterable[str]:
        board = self.c.board
        yield self._head("risks", "judged", note="measured")
        parties = [cell.party for cell in board.rows[0].cells] if board.rows else []
        heads = [self.w["risk"], *parties, self.w["network"], f"{self.w['counted']} ({self.w['measured']})"]
        rows = [
            [
                escape(self._name(row)),
                *(self._cell(cell) for cell in row.cells),
                self._absent("not_yet") if row.score is None else f"{row.score} {escape(row.level)}",
                self._absent("not_checked")
                if row.seen is None
                else self._say("times", count=row.seen.count, days=row.seen.days),
            ]
            for row in board.rows
        ]
        yield self._table(heads, rows)
        yield f"<p>{self._say('to_do', count=len(board.to_do))}</p>"

    def _cell(self, cell: Cell) -> str:
        if cell.state == "not yet judged":
            return self._absent("not_yet")
        said = self.w["does_not_hold"] if cell.state == "does not hold" else f"{cell.score} {escape(cell.level)}"
        return f"{said} ({self.w['old']})" if cell.stale else said

    def _continuity(self) -> Iterable[str]:
        report = self.c.continuity
        yield self._head("recovery", "measured")
        if report is None or report.covers is None:
            yield f"<p>{self._absent('not_checked')}</p>"
        else:
            moved = [f for f in report.functions if f.takeovers]
            heads = [self.w[key] for key in ("function", "target", "last", "taken_over", "available")]
            heads[1] += f" ({self.w['judged']})"
            rows = [
                [
                    f"<code>{escape(f.function)}</code>",
                    self._said(f.target_seconds, "{} s"),
                    self._said(None if f.last_seconds is None else round(f.last_seconds, 1), "{} s"),
                    str(f.takeovers),
                    self._said(None if f.availability is None else int(f.availability.percent * 1000) / 1000, "{} %"),
                ]
                for f in moved
            ]
            yield self._table(heads, rows) if rows else f"<p>{self._say('no_takeover')}</p>"
        if report is not None:
            yield self._head("plans", "judged", 3)
            heads = [self.w["plans"], f"{self.w['tested']} ({self.w['measured']})", self.w["due"]]
            rows = [
                [escape(self._name(p)), self._absent("never") if p.last is None else _day(p.last), str(p.due)]
                for p in report.plans
            ]
            yield self._table(heads, rows)

    def _lines(self) -> Iterable[str]:
        found, plan = portfolio(self.c.plan), self.c.plan
        yield self._head("lines", "judged")
        yield _figure(axis_chart(plan, self.language == "en"))
        heads = [self.w[k] for k in ("line", "work", "continuity", "renewal", "asked", "capacity", "no_capacity")]
        counts = ("items", "continuity", "renewal", "asked", "capacity_known", "capacity_unknown")
        yield self._table(heads, [[escape(self._name(v)), *(str(getattr(v, k)) for k in counts)] for v in found.lines])
        yield self._head("demands", "judged", 3)
        rows = [
            [
                f"<code>{d.room}</code>",
                escape(self._name(d)),
                str(d.recorded),
                self._say("by_work", count=len(d.items)) if d.items else self._absent("by_nobody"),
                self._absent("not_yet") if d.met == "no" else self._said(d.met, "{}"),
            ]
            for d in plan.of(Demand)
        ]
        yield self._table([self.w[k] for k in ("room", "what", "recorded", "taken_up", "met")], rows)

    def _money(self) -> Iterable[str]:
        plan = self.c.plan
        for key, table in (("budget", plan.budget), ("account", plan.account)):
            yield self._head(key, "adopted")
            yield f'<p class="about">{self.w["unit"]}</p>{self._adopted(table)}'
        yield _figure(budget_chart(plan, self.language))
        relations = reconcile(plan)
        differ = [row for row in relations if row.printed_minus_derived]
        yield f"<h3>{self._say('differ', differ=len(differ), all=len(relations))}</h3>"
        heads = [self.w["relation"], self.w["year"], f"{self.w['printed']} ({self.w['adopted']})"]
        heads.append(f"{self.w['derived']} ({self.w['what_if']})")
        numbers = ("printed", "derived")
        yield self._table(
            heads,
            [
                [
                    f"<code>{r.relation}</code> {escape(r.expression)}",
                    str(r.year),
                    *(self._n(getattr(r, n)) for n in numbers),
                ]
                for r in differ
            ],
        )
        yield self._head("scenarios", "what_if")
        for outcome in self.c.outcomes:
            question = outcome.question_en if self.language == "en" else outcome.question
            gaps = ", ".join(escape(self._name(gap)) for gap in outcome.gaps)
            unknown = f"<p>{self.w['still_unknown']}: {gaps}</p>" if gaps else ""
            drawing = _figure(account_chart(outcome, self.language))
            yield f"<section><p>{escape(question)}</p>{unknown}{drawing}</section>"

    def _adopted(self, table: Budget | Account) -> str:
        rows = [[escape(self._name(row)), *map(self._n, row.amounts)] for row in table.rows]
        return self._table([self.w["row"], *map(str, table.years)], rows)

    def _proof(self) -> Iterable[str]:
        yield self._head("proof", "measured", note="judged")
        if self.c.proof is None:
            yield f"<p>{self._absent('not_checked')}</p>"
            return
        heads = [self.w[k] for k in ("framework", "measures", "with_query")]
        heads += [f"{self.w['shows']} ({self.w['measured']})", f"{self.w['degree']} ({self.w['judged']})"]
        rows = [
            [
                f.framework,
                str(f.measures),
                str(f.with_query),
                str(f.measured),
                self._absent("not_yet") if f.degree is None else f"{int(f.degree * 1000) / 10} %",
            ]
            for f in self.c.proof.frameworks
        ]
        yield self._table(heads, rows)

    def _files(self) -> Iterable[str]:
        if self.files:
            links = ", ".join(f'<a href="{escape(name)}">{escape(name)}</a>' for name in self.files)
            yield f'<p class="about">{self.w["tables"]}: {links}</p>'

    # --- pieces -----------------------------------------------------------------------------------------------------

    def _say(self, key: str, **params: Any) -> str:
        return escape(self.w[key].format(**params))

    def _head(self, key: str, kind: str, level: int = 2, note: str = "", **params: Any) -> str:
        marks = self._mark(kind) + (self._mark(note) if note else "")
        return f"<h{level}>{self._say(key, **params)} {marks}</h{level}>"

    def _mark(self, kind: str) -> str:
        drawn = '<svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true">'
        return f'<span class="kind kind-{kind}">{drawn}{SHAPES[kind]}</svg>{self.w[kind]}</span>'

    def _absent(self, key: str) -> str:
        return f'<span class="absent">{self.w[key]}</span>'

    def _said(self, value: Any, form: str) -> str:
        if value is None:
            return self._absent("not_checked")
        return self._absent("unknown") if value == "unknown" else escape(form.format(value))

    def _name(self, of: Any) -> str:
        return str((self.language == "en" and of.name_en) or of.name)

    def _n(self, amount: int) -> str:
        return f"{amount:,}".replace(",", "." if self.language == "nl" else ",")

    def _table(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        if not rows:
            return f"<p>{self.w['none']}</p>"
        head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
        body = "".join(
            f'<tr><th scope="row">{row[0]}</th>' + "".join(f"<td>{cell}</td>" for cell in row[1:]) + "</tr>"
            for row in rows
        )
        label = escape(heads[0])
        return (
            f'<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table><thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>"
        )


def _figure(drawing: str) -> str:
    return f"<figure>{drawing}</figure>"


def _day(at: int) -> str:
    return datetime.datetime.fromtimestamp(at / 1000, datetime.UTC).date().isoformat()
