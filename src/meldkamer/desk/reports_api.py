"""Reports: times against the norms, one national level, overflow and takeover, and the items that lasting gaps become.

All figures are of the whole country and name nobody. Whoever may see them has the right `reports`; opening, changing
and closing items asks `improve`. What an item says was measured is worked out here, and never sent in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from meldkamer.access import need
from meldkamer.desk.contract import Api, ProblemError, Request
from meldkamer.desk.refusals import in_words
from meldkamer.desk.services import Services
from meldkamer.domain.basics import Refused
from meldkamer.domain.clock import Millis
from meldkamer.domain.gap import Day, Gap, OpenGap, RoleCode, RoomCode, Said
from meldkamer.insight import (
    OTHERS,
    UNPLACED,
    Book,
    Figures,
    Grouping,
    Language,
    Lasting,
    Measure,
    Overflow,
    Quality,
    Row,
    Span,
    Takeovers,
    group_chart,
    hour_chart,
    overflow_chart,
    quality_chart,
    report_words,
    span_of,
    week_at,
)
from meldkamer.network import NotOwner
from meldkamer.pack import Pack
from meldkamer.record import RecordError

T = TypeVar("T")

DRAWN = 40
"""Groups that a chart shows at most; the table beside it has all."""

PeriodName = Annotated[str, msgspec.Meta(max_length=24)]
DisciplineOrNone = Annotated[str, msgspec.Meta(pattern=r"^[PBAK]?$(?!\n)")]
Id32 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]


class View(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What a screen shows. span: the period that was asked for. shows: None while the record is read for the first time
    (count of whole events), or when it cannot be read (problem). until: the newest event that is counted.

    words: what measures, verdicts and reasons are called. rooms: whose names the figures hold. may: whether this person
    may open, change and close items.
    """

    span: Span
    count: int
    whole: int
    problem: str
    until: Millis | None
    covers: tuple[Millis, Millis] | None
    unread: int
    gaps: tuple[str, ...]
    words: dict[str, str]
    names: dict[str, str]
    may: bool
    shows: T | None


class MeasureRow(msgspec.Struct, frozen=True, kw_only=True):
    """A measure of a discipline over the whole country."""

    measure: Measure
    discipline: str
    name: str
    row: Row


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """Every measure, and what was left out."""

    rows: tuple[MeasureRow, ...]
    test_calls: int


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A measure that can be chosen, and how it is called."""

    measure: Measure
    discipline: str
    name: str


class QualityView(msgspec.Struct, frozen=True, kw_only=True):
    """The rooms beside each other on one measure. target: the share that the norm asks, None when it names none."""

    choices: tuple[Choice, ...]
    title: str
    quality: Quality
    target: float | None
    rows: tuple[Row, ...]
    chart: str


class GroupsView(msgspec.Struct, frozen=True, kw_only=True):
    """One measure by room, region, municipality, hour or priority. chart: of the first so many, the largest first."""

    choices: tuple[Choice, ...]
    title: str
    rows: tuple[Row, ...]
    chart: str


class OverflowView(msgspec.Struct, frozen=True, kw_only=True):
    """Who answered whose calls, and functions that moved."""

    rows: tuple[Overflow, ...]
    takeovers: Takeovers
    chart: str


class GapsView(msgspec.Struct, frozen=True, kw_only=True):
    """What lasts by the rule, and the items that were made of such gaps. roles: code -> name, and rooms: who can own
    one. measures: `arrival.B` -> name."""

    lasting: Lasting
    items: tuple[Gap, ...]
    roles: dict[str, str]
    rooms: tuple[str, ...]
    measures: dict[str, str]


class NewGap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Make an item of a gap that lasts now. id: chosen by the client, sent twice it is opened once.

    owner, owner_room: a role of a room. due: the day on which it is looked at again.
    """

    id: Id32
    room: RoomCode
    measure: Measure
    discipline: DisciplineOrNone = ""
    owner: RoleCode
    owner_room: RoomCode
    action: Said
    due: Day


class Naming:
    """What things are called in a language."""

    def __init__(self, pack: Pack, language: Language) -> None:
        english = language == "en"
        self.language, self.words = language, report_words(language)
        self.norms = {n.code: n.name_en if english else n.name for n in pack.norms}
        self.disciplines = {d.code: d.name_en if english else d.name for d in pack.disciplines}
        self.roles = {r.code: r.name_en if english else r.name for r in pack.roles}
        self.names = {r.code: r.name for r in pack.regions} | {r.code: r.name for r in pack.rooms}
        self.names |= {OTHERS: self.words["others"], UNPLACED: self.words["unplaced"], **self.norms}

    def measure(self, measure: str, discipline: str) -> str:
        """A measure of a discipline."""
        of = self.disciplines.get(discipline, discipline)
        return self.words[measure] + (f", {of}" if of else "")


def add_reports(api: Api, services: Services) -> None:
    """Register the operations."""
    # Figures begin with the norms as the folder has them: what was changed since, the record says.
    book_of, pack, authority = services.reports, services.pack, services.authority
    national = pack.manifest.national_region

    def may(request: Request) -> None:
        # The figures are of the whole country: an account that is bound to some regions has no business here.
        authority.may_see(request.session, national)

    async def view(
        request: Request, period: str, language: Language, key: tuple[Any, ...], make: Callable[[Figures, Naming], T]
    ) -> View[T]:
        may(request)
        span = asked_span(period, request.now, pack.zone)
        naming = Naming(services.packs.pack, language)
        book = await book_of.book()
        shows = None
        if book is not None:

            def work(book: Book) -> T:
                return make(Figures(book, pack, pack.zone, since=span.since, until=span.until), naming)

            shows = await book_of.of((*key, span.name, language), book, work)
        count, whole = book_of.progress
        return View(
            span=span,
            count=count,
            whole=whole,
            problem=book_of.problem,
            until=None if book is None or book.since is None else book.until,
            covers=None if book is None or book.since is None else (book.since, book.until),
            unread=0 if book is None else book.unread,
            gaps=() if book is None else book.gaps,
            words=naming.words,
            names=naming.names,
            may="improve" in request.session.rights,
            shows=shows,
        )

    @api.op("GET", "/api/reports/overview", needs=need("reports"), problems=("refused",))
    async def reports_overview(request: Request, period: PeriodName = "", language: Language = "nl") -> View[Overview]:
        """Every measure over the whole country, against its norms. period: `2026-W02`, `2026-01`, `2026-01-05`, two
        days with `..` between them; empty: this week."""

        def make(of: Figures, naming: Naming) -> Overview:
            rows = [
                MeasureRow(measure=m, discipline=d, name=naming.measure(m, d), row=of.all(m, d)) for m, d in of.shown()
            ]
            return Overview(rows=tuple(rows), test_calls=of.test_calls)

        return await view(request, period, language, ("overview",), make)

    @api.op("GET", "/api/reports/rooms", needs=need("reports"), problems=("refused",))
    async def reports_rooms(
        request: Request,
        measure: Measure = "answer_112",
        discipline: DisciplineOrNone = "",
        period: PeriodName = "",
        language: Language = "nl",
    ) -> View[QualityView]:
        """One national level: the rooms beside each other on one measure, with the uncertainty of each difference."""

        def make(of: Figures, naming: Naming) -> QualityView:
            found, row = of.quality(measure, discipline), of.all(measure, discipline)
            target = next((x.target for x in row.within if x.norm == found.norm), None)
            named = naming.norms.get(found.norm, naming.words["national_p90"])
            what = naming.measure(measure, discipline)
            title = f"{what} {naming.words['per_room']}" + ("" if named == what else f": {named}")
            return QualityView(
                choices=choices(of, naming),
                title=title,
                quality=found,
                target=target,
                rows=of.groups(measure, discipline, "room"),
                chart=quality_chart(title, found, target, naming.language),
            )

        return await view(request, period, language, ("rooms", measure, discipline), make)

    @api.op("GET", "/api/reports/groups", needs=need("reports"), problems=("refused",))
    async def reports_groups(
        request: Request,
        measure: Measure = "answer_112",
        discipline: DisciplineOrNone = "",
        by: Grouping = "region",
        period: PeriodName = "",
        language: Language = "nl",
    ) -> View[GroupsView]:
        """One measure by room, region, municipality, hour of the day or priority."""

        def make(of: Figures, naming: Naming) -> GroupsView:
            rows = of.groups(measure, discipline, by)
            title = f"{naming.measure(measure, discipline)}, {naming.words[by].lower()}"
            norm_of = of.quality(measure, discipline)
            norm = norm_of.reference if norm_of.norm else None
            if by == "hour":
                chart = hour_chart(title, rows, norm, naming.language)
            else:
                drawn = rows
                if by == "municipality":
                    drawn = tuple(sorted(rows, key=lambda row: -row.measured)[:DRAWN])
                chart = group_chart(title, drawn, naming.names, norm, naming.language)
            return GroupsView(choices=choices(of, naming), title=title, rows=rows, chart=chart)

        return await view(request, period, language, ("groups", measure, discipline, by), make)

    @api.op("GET", "/api/reports/overflow", needs=need("reports"), problems=("refused",))
    async def reports_overflow(
        request: Request, period: PeriodName = "", language: Language = "nl"
    ) -> View[OverflowView]:
        """Who answered whose calls, and each function that was taken over."""

        def make(of: Figures, naming: Naming) -> OverflowView:
            rows = of.overflow()
            chart = overflow_chart(naming.words["overflow"], rows, naming.language)
            return OverflowView(rows=rows, takeovers=of.takeovers(), chart=chart)

        return await view(request, period, language, ("overflow",), make)

    @api.op("GET", "/api/reports/gaps", needs=need("reports"), problems=("refused",))
    async def reports_gaps(request: Request, period: PeriodName = "", language: Language = "nl") -> View[GapsView]:
        """What lasts by the rule of the country's data at the end of the period, and every item as it stands now."""

        def make(of: Figures, naming: Naming) -> Lasting:
            return of.lasting()

        found = await view(request, period, language, ("lasting",), make)
        naming = Naming(pack, language)
        shows = None
        if found.shows is not None:
            items = [gap for desk in services.picture.desks.values() for gap in desk.gaps]
            items.sort(key=lambda gap: (bool(gap.closed), -gap.opened))
            about: set[tuple[str, str]] = {(lag.measure, lag.discipline) for lag in found.shows.lags}
            about |= {(gap.measure, gap.discipline) for gap in items}
            shows = GapsView(
                lasting=found.shows,
                items=tuple(items),
                roles=naming.roles,
                rooms=tuple(pack.room),
                measures={key_of(m, d): naming.measure(m, d) for m, d in about},
            )
        fields = {name: getattr(found, name) for name in found.__struct_fields__ if name != "shows"}
        return View(**fields, shows=shows)

    @api.op("POST", "/api/reports/gaps", needs=need("improve"), status=201, problems=("refused", "conflict"))
    async def reports_gap_open(request: Request, body: NewGap) -> None:
        """Make an item of a gap that lasts by the rule now, with its owner and action."""
        may(request)
        session = request.session
        if body.owner not in pack.role or body.owner_room not in pack.room:
            raise Refused("gap.no_owner", owner=body.owner, room=body.owner_room)
        book = await book_of.book()
        if book is None:
            raise reading(*book_of.progress)
        end = asked_span("", request.now, pack.zone).until
        lasts = await book_of.of(
            ("now", end), book, lambda book: Figures(book, pack, pack.zone, since=0, until=end).lasting()
        )
        wanted = (body.room, body.measure, body.discipline)
        lag = next((x for x in lasts.lags if (x.room, x.measure, x.discipline) == wanted), None)
        if lag is None:
            raise Refused("gap.not_lasting", room=body.room)
        command = OpenGap(
            item=body.id,
            room=body.room,
            measure=body.measure,
            discipline=body.discipline,
            found=lag.found,
            owner=body.owner,
            owner_room=body.owner_room,
            action=body.action,
            due=body.due,
        )
        try:
            await services.handler(session).do(command, command_id=body.id, context=services.context(session))
        except (NotOwner, RecordError) as error:
            known = in_words(error, services.words, session)
            if known is None:
                raise
            raise known from error


def choices(of: Figures, naming: Naming) -> tuple[Choice, ...]:
    """Every measure that can be looked at."""
    return tuple(Choice(measure=m, discipline=d, name=naming.measure(m, d)) for m, d in of.shown())


def key_of(measure: str, discipline: str) -> str:
    """How a measure of a discipline is named in a list."""
    return f"{measure}.{discipline}"


def asked_span(period: str, now: Millis, zone: ZoneInfo) -> Span:
    """The period of a name; this week for none. zone: of its days. Raises Refused."""
    try:
        return span_of(period or week_at(now, zone), zone)
    except ValueError as error:
        raise Refused("reports.period", said=str(error)) from None


def reading(count: int, whole: int) -> ProblemError:
    """Nothing can be said yet: the record is being read."""
    return ProblemError("refused", "reports.reading", params={"count": count, "whole": whole}, status=503)
