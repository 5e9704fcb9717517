"""The report as one page: opens without signing in, prints, asks nothing of any server, and names nobody."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

from meldkamer.domain.clock import Millis
from meldkamer.insight.charts import hour_chart, overflow_chart, quality_chart
from meldkamer.insight.estimate import Percentile, Share
from meldkamer.insight.judged import Row, Within
from meldkamer.insight.report import OTHERS, UNPLACED, Block, Report
from meldkamer.insight.words import Language, duration, percent, words
from meldkamer.pack import Pack

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = Path(__file__).with_name("page.css")


def as_html(report: Report, pack: Pack, language: Language) -> str:
    """The whole page."""
    return _Page(report, pack, language).whole()


class _Page:
    def __init__(self, report: Report, pack: Pack, language: Language) -> None:
        self.report, self.language, self.w = report, language, words(language)
        english = language == "en"
        self.norm = {n.code: n.name_en if english else n.name for n in report.norms}
        self.discipline = {d.code: d.name_en if english else d.name for d in pack.disciplines}
        self.roles = {r.code: r.name_en if english else r.name for r in pack.roles}
        self.names = {r.code: r.name for r in pack.regions} | {r.code: r.name for r in pack.rooms}
        self.zone = ZoneInfo(report.period.zone)

    def whole(self) -> str:
        w, r = self.w, self.report
        seen = [b for b in r.blocks if b.all.measured]
        parts = [
            f"<h1>{escape(w['title'])}</h1>",
            self._about(),
            self._wrong(),
            f"<h2>{escape(w['overview'])}</h2>",
            self._table(w["measure"], [(self._name(b), b.all) for b in r.blocks]),
            f"<h2>{escape(w['quality'])}</h2><p>{escape(w['quality_text'])}</p>",
            self._charts(self._quality(b) for b in seen if any(q.share is not None for q in b.quality.rooms)),
            self._not_compared(r.blocks),
            f"<h2>{escape(w['lasting'])}</h2>",
            self._lasting(),
            f"<h2>{escape(w['hours'])}</h2><p>{escape(w['hours_text'])}</p>",
            self._charts(self._hours(b) for b in seen),
            f"<h2>{escape(w['overflow'])}</h2><p>{escape(w['overflow_text'])}</p>",
            self._charts([_figure("", overflow_chart(w["overflow"], r.overflow, self.language))]),
            self._overflow(),
            f"<h2>{escape(w['takeovers'])}</h2>",
            self._takeovers(),
            f'<h2 class="details">{escape(w["details"])}</h2>',
            *(self._details(b) for b in r.blocks),
            f"<h2>{escape(w['method'])}</h2><p>{escape(w['method_text'])}</p>",
        ]
        return "\n".join(
            [
                "<!doctype html>",
                f'<html lang="{self.language}"><head><meta charset="utf-8">',
                f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
                '<meta name="viewport" content="width=device-width, initial-scale=1">',
                f"<title>{escape(w['title'])}, {self._time(r.period.since)}</title>",
                f"<style>{STYLE.read_text(encoding='utf-8')}</style></head><body><main>",
                *parts,
                "</main></body></html>\n",
            ]
        )

    # --- what it is about -------------------------------------------------------------------------------------------

    def _about(self) -> str:
        w, p = self.w, self.report.period
        lines = [f"<strong>{w['period']} {self._time(p.since)} {w['to']} {self._time(p.until)}</strong> ({p.zone})"]
        if p.covers is not None:
            covers = f"{w['covers']} {self._time(p.covers[0])} {w['to']} {self._time(p.covers[1])}"
            lines.append(
                f"{w['record']}, {covers}, {self.report.entries} {w['events']}. {w['pack']}: {self.report.pack}."
            )
        if self.report.test_calls:
            lines.append(f"{self.report.test_calls} {w['tests']}.")
        return f'<p class="about">{"<br>".join(lines)}</p>'

    def _wrong(self) -> str:
        w, r = self.w, self.report
        said = [f"{w['empty']}"] if r.period.covers is None else []
        said += [f"{w['gaps']}: {gap}" for gap in r.gaps]
        if r.unread:
            said.append(f"{w['gaps']}: {r.unread} {w['unread']}.")
        return "".join(f'<p class="gap">{escape(line)}</p>' for line in said)

    def _time(self, at: Millis) -> str:
        return f"{datetime.datetime.fromtimestamp(at / 1000, self.zone):%Y-%m-%d %H:%M}"

    def _name(self, b: Block) -> str:
        return self._title(b.measure, b.discipline)

    def _title(self, measure: str, discipline: str) -> str:
        of = self.discipline.get(discipline, discipline)
        return self.w[measure] + (f", {of}" if of else "")

    # --- charts -----------------------------------------------------------------------------------------------------

    def _charts(self, figures: Iterable[str]) -> str:
        shown = list(figures)
        absent = f'<p class="absentword">{escape(self.w["not_measured"])}</p>'
        return f'<div class="charts">{"".join(shown)}</div>' if shown else absent

    def _quality(self, b: Block) -> str:
        q, w = b.quality, self.w
        target = next((x.target for x in b.all.within if x.norm == q.norm), None)
        named = self.norm.get(q.norm, w["national_p90"])
        limit = "" if q.reference is None else f" ≤ {duration(q.reference, self.language)}"
        title = f"{self._name(b)} {w['per_room']}: {named}{limit}"
        return _figure(title, quality_chart(title, q, target, self.language))

    def _not_compared(self, blocks: Iterable[Block]) -> str:
        absent = [self._name(b) for b in blocks if all(q.share is None for q in b.quality.rooms)]
        return (
            f'<p class="absentword">{escape(self.w["not_measured"])}: {escape("; ".join(absent))}</p>' if absent else ""
        )

    def _hours(self, b: Block) -> str:
        title = f"{self._name(b)}, {self.w['national']}"
        norm = next((x.seconds for x in b.all.within if x.norm == b.quality.norm), None)
        return _figure(title, hour_chart(title, b.by["hour"], norm, self.language))

    # --- what lasts -------------------------------------------------------------------------------------------------

    def _lasting(self) -> str:
        w, found = self.w, self.report.lasting
        rule = w["lasting_rule"].format(worse=found.rule.worse, weeks=found.rule.weeks)
        out = [f"<p>{escape(rule)}</p>"]
        if not found.lags:
            out.append(f"<p>{escape(w['no_lasting'])}</p>")
        else:
            heads = "".join(f"<th>{escape(w[k])}</th>" for k in ("room", "measure", "share_own", "share_rest", "lag"))
            rows = []
            for lag in found.lags:
                f = lag.found
                low, high = (percent(abs(v), self.language) for v in (f.high, f.low))
                cells = (
                    self._key(lag.room),
                    self._title(lag.measure, lag.discipline),
                    percent(f.share, self.language),
                    percent(f.others, self.language),
                    f"{percent(abs(f.difference), self.language)} ({low} – {high})",
                )
                rows.append("".join(f"<td>{escape(c)}</td>" for c in cells))
            out.append(_scrolled(f"<tr>{heads}</tr>" + "".join(f"<tr>{row}</tr>" for row in rows)))
        if self.report.items:
            heads = "".join(f"<th>{escape(w[k])}</th>" for k in ("room", "measure", "owner", "action", "due", "state"))
            rows = []
            for gap in self.report.items:
                state = w["is_open"] if not gap.closed else f"{w['reached_' + gap.reached]}: {gap.result}"
                measure = self._title(gap.measure, gap.discipline)
                owner = f"{self.roles.get(gap.owner, gap.owner)}, {gap.owner_room}"
                said = (self._key(gap.room), measure, owner, gap.action, gap.due, state)
                rows.append("".join(f'<td class="word">{escape(c)}</td>' for c in said))
            out.append(_scrolled(f"<tr>{heads}</tr>" + "".join(f"<tr>{row}</tr>" for row in rows)))
        return "".join(out)

    # --- tables -----------------------------------------------------------------------------------------------------

    def _table(self, first: str, rows: Sequence[tuple[str, Row]]) -> str:
        w = self.w
        numbers = "".join(f"<th>{escape(w[k])}</th>" for k in ("cases", "not_measured_n", "p50", "p90", "p95"))
        judged = f'<th class="word">{w["norm"]}</th><th>{w["within"]}</th><th class="word">{w["verdict"]}</th>'
        out = [f"<tr><th>{escape(first)}</th>{numbers}{judged}</tr>"]
        for name, row in rows:
            first_norm, *more = row.within or [None]
            # One group has as many lines as norms; its times stand once, beside all of them.
            span = f' rowspan="{len(more) + 1}"' if more else ""
            cells = [(escape(name), "name"), (str(row.measured), ""), (self._missing(row), "why")]
            cells += [self._percentile(p) for p in (row.p50, row.p90, row.p95)]
            start = "".join(f'<td{span} class="{kind}">{said}</td>' for said, kind in cells)
            out.append(f"<tr>{start}{self._within(first_norm)}</tr>")
            out += [f"<tr>{self._within(one)}</tr>" for one in more]
        return f'<div class="scroll" tabindex="0"><table>{"".join(out)}</table></div>'

    def _missing(self, row: Row) -> str:
        if not row.not_measured:
            return "0"
        why = ", ".join(f"{n} {self.w[reason]}" for reason, n in row.not_measured.items())
        return f"{sum(row.not_measured.values())}<br><small>{escape(why)}</small>"

    def _percentile(self, found: Percentile | None) -> tuple[str, str]:
        """What a cell says, and its kind."""
        if found is None:
            return escape(self.w["not_measured"]), "absentword"
        low, high = ("…" if v is None else duration(v, self.language) for v in (found.low, found.high))
        return f"{duration(found.value, self.language)}<br><small>{low} – {high}</small>", ""

    def _within(self, found: Within | None) -> str:
        if found is None:
            return f'<td class="word">{self.w["none"]}</td><td></td><td></td>'
        target = "" if found.target is None else f", {percent(found.target, self.language)}"
        limit = f"{duration(found.seconds, self.language)}{target}{self._held(found)}"
        norm = f"{escape(self.norm[found.norm])}<br><small>{limit}</small>"
        kind = {"misses": "misses", "not_measured": "absentword"}.get(found.verdict, "")
        verdict = f'<td class="word {kind}">{escape(self.w[found.verdict])}</td>'
        return f'<td class="word">{norm}</td><td>{self._share(found.share)}</td>{verdict}'

    def _held(self, found: Within) -> str:
        """From when until when it was so, for a norm that changed in the period."""
        since = "" if found.since is None else f"; {self.w['held_from']} {self._time(found.since)}"
        return since + ("" if found.until is None else f"; {self.w['held_until']} {self._time(found.until)}")

    def _share(self, found: Share | None) -> str:
        if found is None:
            return f'<span class="absentword">{escape(self.w["not_measured"])}</span>'
        low, high = percent(found.low, self.language), percent(found.high, self.language)
        return f"{percent(found.value, self.language)}<br><small>{low} – {high}</small>"

    def _overflow(self) -> str:
        w = self.w
        heads = [w[k] for k in ("own", "answered_here", "overflow_out", "taken_over", "helped", "share")]
        out = [f"<tr><th>{w['room']}</th>{''.join(f'<th>{escape(h)}</th>' for h in heads)}</tr>"]
        for o in self.report.overflow:
            counts = (o.own, o.answered_here, o.overflow_out, o.taken_over, o.helped)
            cells = "".join(f"<td>{n}</td>" for n in counts)
            out.append(f"<tr><td>{escape(self._key(o.room))}</td>{cells}<td>{self._share(o.overflow)}</td></tr>")
        return f'<div class="scroll" tabindex="0"><table>{"".join(out)}</table></div>'

    def _takeovers(self) -> str:
        w, t = self.w, self.report.takeovers
        if not t.moves:
            return f"<p>{escape(w['no_takeovers'])}</p>"
        said = [
            f"{w[ground]}: {w['slowest']} {duration(p.value, self.language)}"
            for ground, p in (("declared", t.declared), ("lapsed", t.silent))
            if p is not None
        ]
        out = ["".join(f"<th>{w[k]}</th>" for k in ("function", "from", "to", "at", "ground", "took", "away"))]
        for m in t.moves:
            took = w["not_measured"] if m.seconds is None else duration(m.seconds, self.language)
            away = w["still"] if m.away is None else duration(m.away, self.language)
            cells = (m.function, m.previous, m.to, self._time(m.at), w[m.ground], took, away)
            out.append("".join(f"<td>{escape(c)}</td>" for c in cells))
        rows = "".join(f"<tr>{row}</tr>" for row in out)
        return f'<p>{escape("; ".join(said))}</p><div class="scroll" tabindex="0"><table>{rows}</table></div>'

    def _details(self, b: Block) -> str:
        tables = [self._table(self.w[name], [(self._key(row.key), row) for row in rows]) for name, rows in b.by.items()]
        return f"<details><summary>{escape(self._name(b))}</summary>{''.join(tables)}</details>"

    def _key(self, key: str) -> str:
        if key in (OTHERS, UNPLACED):
            return self.w["others" if key == OTHERS else "unplaced"]
        return f"{key} {self.names[key]}" if key in self.names else key


def _figure(title: str, chart: str) -> str:
    caption = f"<figcaption>{escape(title)}</figcaption>" if title else ""
    return f"<figure>{caption}{chart}</figure>"


def _scrolled(rows: str) -> str:
    return f'<div class="scroll" tabindex="0"><table>{rows}</table></div>'
