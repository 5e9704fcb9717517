"""A status sheet as one HTML page: no script, no other file, so that it opens from a disk when nothing else works."""

from __future__ import annotations

import base64
import datetime
import hashlib
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import msgspec

from meldkamer.desk.paper import AttentionPart, CallPart, IncidentPart, Sheet
from meldkamer.desk.paper_words import WORDS, Language
from meldkamer.domain.basics import DISCIPLINES
from meldkamer.domain.clock import Millis
from meldkamer.domain.incident import Incident, Note
from meldkamer.domain.question import Answer
from meldkamer.domain.unit import Unit
from meldkamer.pack import Pack

STYLE = Path(__file__).with_name("paper.css").read_text(encoding="utf-8")
POLICY = f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
"""The only thing that the page may do is look like this."""
OLD_AFTER = 2
"""A sheet is old when it should have been replaced this many times."""
BLANK_LINES = 14
_CLOSED_WORD = {"caller": "caller_data", "medical": "medical", "police": "police"}


class Print(msgspec.Struct, frozen=True, kw_only=True):
    """How a sheet came about. minutes: until the next. by: who asked for it; empty = written by itself."""

    language: Language
    minutes: float
    by: str = ""
    exercise: bool = False


def as_html(sheet: Sheet, pack: Pack, how: Print) -> str:
    """The whole page."""
    return _Page(sheet, pack, how).whole()


class _Page:
    def __init__(self, sheet: Sheet, pack: Pack, how: Print) -> None:
        self.sheet, self.how, self.zone, self.w = sheet, how, pack.zone, WORDS[how.language]
        english = how.language == "en"
        self.room = next((r.name for r in pack.rooms if r.code == sheet.room), sheet.room)
        self.discipline = {d.code: d.name_en if english else d.name for d in pack.disciplines}
        self.status = {(s.discipline, s.code): s.name_en if english else s.name for s in pack.statuses}
        self.sets, self.english = pack.question_set, english
        self.class_name = {c.code: c.name for c in pack.classes}
        self.numbers = {part.incident.ref: part.incident.number for part in sheet.incidents}

    def whole(self) -> str:
        title = f"{self._say('title', room=self.room)}: {self._who()}"
        mark = self.w["exercise"] + " · " if self.how.exercise else ""
        parts = [
            f'<p class="exercise">{escape(self.w["exercise"])}</p>' if self.how.exercise else "",
            f"<h1>{escape(title)}</h1>",
            *self._top(),
            self._attentions(),
            self._section("incidents", [self._incident(part) for part in self.sheet.incidents]),
            self._calls("waiting", self.sheet.waiting),
            self._calls("call_backs", self.sheet.call_backs),
            self._units() if self.sheet.kind != "112" else "",
            self._write(),
        ]
        return "\n".join(
            [
                "<!doctype html>",
                f'<html lang="{self.how.language}"><head><meta charset="utf-8">',
                f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
                '<meta name="viewport" content="width=device-width, initial-scale=1">',
                f"<title>{escape(mark + title)} {self._clock(self.sheet.made)}</title>",
                f"<style>{STYLE}</style></head><body><main>",
                *parts,
                "</main></body></html>\n",
            ]
        )

    # --- the top: how old it is, and for whom -------------------------------------------------------------------------

    def _top(self) -> list[str]:
        made, each = self.sheet.made, round(self.how.minutes * 60_000)
        date = f"{self._moment(made):%d-%m-%Y}"
        said = [self._say("made", time=self._clock(made), date=date)]
        if self.how.by:
            said.append(self._say("asked", by=self.how.by, minutes=f"{self.how.minutes * OLD_AFTER:g}"))
        else:
            late = self._clock(made + OLD_AFTER * each)
            said.append(self._say("next", time=self._clock(made + each), late=late))
        lines = [f'<p class="age"><strong>{escape(said[0])}</strong> {escape(said[1])}</p>']
        if self.sheet.alone:
            lines.append(f'<p class="alone">{escape(self._say("alone", time=self._clock(self.sheet.alone)))}</p>')
        only = self.w["for_all"] if self.sheet.kind == "all" else self._say("for_some", who=self._who())
        return [*lines, f'<p class="only">{escape(only)}</p>']

    def _who(self) -> str:
        return self.w.get(self.sheet.kind) or self.discipline.get(self.sheet.kind, self.sheet.kind)

    # --- incidents ----------------------------------------------------------------------------------------------------

    def _incident(self, part: IncidentPart) -> str:
        of, w = part.incident, self.w
        place = ", ".join(p for p in (of.location.text, of.location.place, of.location.municipality) if p)
        what = of.class_text or self.class_name.get(of.class_code, of.class_code) or w["no_class"]
        head = f"#{of.number} · {w['priority']} {of.priority} · {what}"
        lines = [
            f"<h3>{escape(head)}</h3>",
            f"<p><strong>{escape(place or w['no_place'])}</strong> · {w['opened']} {self._clock(of.opened)}"
            f"{escape(self._more(of))}</p>",
            f"<p>{escape(' · '.join(self._tracks(of)))}</p>",
        ]
        if part.units:
            shown = (f"{u.call_sign} {self._progress(u)}" for u in part.units)
            lines.append(f"<p>{w['units']}: <strong>{escape('; '.join(shown))}</strong></p>")
        callers = [f"{c.name or ''} {c.number or ''}".strip() for c in part.calls]
        if any(callers):
            lines.append(f"<p>{w['caller']}: {escape('; '.join(c for c in callers if c))}</p>")
        if part.answers:
            asked = (f"{question} {said}" for question, said in map(self._answer, part.answers))
            lines.append(f"<p>{w['answers']}: {escape(' · '.join(asked))}</p>")
        readable = [note for note in part.notes if note.text is not None]
        if readable:
            lines.append(f"<table><tbody>{''.join(self._note(n) for n in readable)}</tbody></table>")
        if part.closed_to:
            names = ", ".join(w[_CLOSED_WORD[c]] for c in part.closed_to if c in _CLOSED_WORD)
            lines.append(f"<p>{escape(self._say('unreadable', what=names))}</p>" if names else "")
        return f'<section class="incident">{"".join(lines)}</section>'

    def _more(self, of: Incident) -> str:
        scale = [f"{self.w['scale']} {scope} {level}" for scope, level in sorted(of.scale.items())]
        marks = [f"{name}: {value}" for name, value in sorted(of.characteristics.items())]
        return "".join(f" · {text}" for text in (*scale, *marks))

    def _tracks(self, of: Incident) -> list[str]:
        said = []
        for d in DISCIPLINES:
            if (track := of.tracks.get(d)) is not None:
                closed = f" {self._say('track_closed', time=self._clock(track.closed))}" if track.closed else ""
                said.append(f"{self.discipline.get(d, d)} {self.w['priority']} {track.priority}{closed}")
        return said

    def _progress(self, of: Unit) -> str:
        at = of.assignment
        return "" if at is None else f"{self.w.get(at.state, at.state)} {self._clock(at.since)}"

    def _answer(self, answer: Answer) -> tuple[str, str]:
        """A question and its answer in words; as they were stored where this pack does not know them."""
        one = self.sets.get((answer.set, answer.version))
        question = one.question(answer.question) if one is not None else None
        said = answer.answer or ""
        if question is None:
            return answer.asked or answer.question, said
        for option in question.options:
            if option.id == said:
                said = option.text_en if self.english else option.text
        known = said if question.kind == "text" else self.w.get(f"said_{said}", said)
        return question.ask_en if self.english else question.ask, known

    def _note(self, note: Note) -> str:
        struck = f" ({self._say('struck', by=note.struck_by)})" if note.struck_by else ""
        text = f"<span{' class=struck' if note.struck_by else ''}>{escape(note.text or '')}</span>{escape(struck)}"
        return _row((f'<span class="mono">{self._clock(note.at)}</span>', escape(note.by), text), escaped=True)

    # --- attention messages -------------------------------------------------------------------------------------------

    def _attentions(self) -> str:
        rows = [self._attention(part) for part in self.sheet.attentions]
        head = ("att_for", "att_until", "att_what", "place", "att_told")
        return self._section("attentions", [self._table(head, rows)] if rows else [])

    def _attention(self, part: AttentionPart) -> str:
        of = part.message
        whom = self._say(
            f"att_{of.scope}",
            unit=of.unit,
            audience=" ".join(of.audience),
            region=of.ref.partition("/")[0],
            room=of.to_room,
        )
        names = ", ".join(self.w[_CLOSED_WORD[c]] for c in part.closed_to if c in _CLOSED_WORD)
        closed = self._say("unreadable", what=names) if names else self.w["att_elsewhere"]
        said = [of.text if of.text is not None else closed, f"({of.source})" if of.source else ""]
        place = of.location.text or of.location.place if of.location is not None else ""
        told = ", ".join(f"{p.unit} {self._clock(p.at)}" for p in of.passed if p.unit)
        words = " ".join(one for one in said if one)
        return _row((f"{self.w['priority']} {of.priority} {whom}", self._clock(of.until), words, place, told))

    # --- calls and units ----------------------------------------------------------------------------------------------

    def _calls(self, title: str, calls: Sequence[CallPart]) -> str:
        named = any(c.number or c.name for c in calls)
        head = ["function", "since", "place", *(["caller"] if named else [])]
        rows = []
        for c in calls:
            caller = [f"{c.name or ''} {c.number or ''}".strip()] if named else []
            rows.append(_row((c.function, self._clock(c.since), c.place or self.w["no_place"], *caller)))
        return self._section(title, [self._table(head, rows)] if rows else [])

    def _units(self) -> str:
        rows = []
        free = [u for u in self.sheet.units if u.free]
        for u in self.sheet.units:
            if u.free:
                continue
            at = u.assignment
            order = f"#{at.number} {self._progress(u)}" if at is not None else ""
            status = self.status.get((u.discipline, u.status), u.status)
            since = self._clock(u.status_since) if u.status_since else ""
            rows.append(_row((u.call_sign, u.kind, status, since, order, u.base)))
        head = ["unit", "kind", "status", "since", "incident", "base"]
        # Most units are free: a word each, or they would take pages from which nobody finds the others.
        shown = "".join(f"<li><strong>{escape(u.call_sign)}</strong> {escape(f'{u.kind} {u.base}')}</li>" for u in free)
        listed = [f'<ul class="free">{shown}</ul>'] if free else []
        return self._section("busy", [self._table(head, rows)] if rows else []) + self._section("free", listed)

    def _write(self) -> str:
        head = "".join(f"<th>{escape(self.w[f'col_{c}'])}</th>" for c in ("time", "number", "what", "by", "entered"))
        blank = "<tr><td></td><td></td><td></td><td></td><td></td></tr>" * BLANK_LINES
        return (
            f'<section class="write"><h2>{self.w["write"]}</h2><p>{escape(self.w["write_how"])}</p>'
            f'<table class="blank"><thead><tr>{head}</tr></thead><tbody>{blank}</tbody></table></section>'
        )

    # --- pieces -------------------------------------------------------------------------------------------------------

    def _section(self, title: str, inside: Sequence[str]) -> str:
        return f"<h2>{self.w[title]}</h2>" + ("".join(inside) or f"<p>{self.w['none']}</p>")

    def _table(self, head: Iterable[str], rows: Iterable[str]) -> str:
        cells = "".join(f"<th>{escape(self.w[name])}</th>" for name in head)
        return f"<table><thead><tr>{cells}</tr></thead><tbody>{''.join(rows)}</tbody></table>"

    def _say(self, word: str, **params: str) -> str:
        return self.w[word].format(**params)

    def _moment(self, at: Millis) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(at / 1000, self.zone)

    def _clock(self, at: Millis) -> str:
        """The time; with the day when it is another than the sheet's own."""
        moment = self._moment(at)
        same = moment.date() == self._moment(self.sheet.made).date()
        return f"{moment:%H:%M:%S}" if same else f"{moment:%d-%m %H:%M}"


def _row(cells: Iterable[str], escaped: bool = False) -> str:
    return "<tr>" + "".join(f"<td>{cell if escaped else escape(cell)}</td>" for cell in cells) + "</tr>"
