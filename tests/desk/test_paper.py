"""Status sheets: whole, whose they are, how old they are, and what may not stand on them."""

from __future__ import annotations

import re
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from meldkamer.desk.paper import SHEETS, Papers, Sheet, SheetKind
from meldkamer.desk.paper_page import Print, as_html
from meldkamer.desk.paper_words import WORDS
from meldkamer.desk.paper_writer import PaperWriter
from meldkamer.domain import attention, call, desk, incident_rules, unit
from meldkamer.domain.basics import Location
from meldkamer.record import StoreFull

from .conftest import TestRoom
from .world import CANARY

MEDICAL, CALLER, POLICE = CANARY + "medical", CANARY + "number", CANARY + "police"


@pytest.fixture
async def scene(app_room: TestRoom) -> AsyncIterator[TestRoom]:
    """A fire with an ambulance and the police, lines for each, a unit on its way and a caller who waits."""
    room = app_room
    await room.own("RT.B.intake", "RT.P.dispatch", "RT.P.intake")
    await room.an_incident()
    note = incident_rules.WriteNote(incident="RT/i1", line="pol", text=POLICE, audience="P")
    await room.do(incident_rules.StartTrack(incident="RT/i1", discipline="P", priority=2))
    await room.do(note)
    await room.do(unit.AssignUnit(unit="RT/17-0131", assignment="a1", incident="RT/i1"))
    waiting = call.ReceiveCall(
        call="c2", region="RT", function="RT.B.intake", channel="112", number=CANARY + "waits", name="De Wachter",
        location=Location(text="Blaak 8"),
    )  # fmt: skip
    await room.do(waiting)
    yield room


def papers(room: TestRoom) -> Papers:
    return Papers(room.picture, room.record, room.sealer, room.services.pack, room.clock)


async def page(room: TestRoom, kind: SheetKind, language: str = "nl", **how: object) -> str:
    sheet = await papers(room).compose("RT", kind)
    return as_html(sheet, room.services.pack, Print(language=language, minutes=5.0, **how))  # type: ignore[arg-type]


def writer(room: TestRoom, folder: Path, keep: int = 2) -> PaperWriter:
    return PaperWriter(
        folder, papers(room), ["RT"], room.services.pack, room.read_log, room.clock,
        minutes=5.0, keep=keep, languages=("nl", "en"),
    )  # fmt: skip


# --- what stands on it ------------------------------------------------------------------------------------------------


async def test_the_sheet_for_everybody_has_the_work_and_nobodys_words(scene: TestRoom) -> None:
    text = await page(scene, "all")
    for there in ("#RT-1", "Coolsingel", "17-0131", "opdracht", "Blaak 8", "Wachtende oproepen", "Brandweer prio 1"):
        assert there in text, there
    assert CANARY not in text and "smoke" not in text and "De Wachter" not in text
    assert "Zonder persoonsgegevens" in text


@pytest.mark.parametrize(
    ("kind", "there", "absent"),
    [
        ("A", {MEDICAL, CALLER, "smoke"}, {POLICE, "waits"}),
        ("B", {CALLER, "smoke", CANARY + "waits", "De Wachter"}, {MEDICAL, POLICE}),
        ("P", {POLICE, CALLER}, {MEDICAL}),
    ],
)
async def test_a_discipline_has_its_own_lines_and_nobody_elses(
    scene: TestRoom, kind: SheetKind, there: set[str], absent: set[str]
) -> None:
    text = await page(scene, kind)
    assert {word for word in there if word not in text} == set()
    assert {word for word in absent if word in text} == set()


async def test_first_answer_has_its_callers_and_no_medical_or_police_line(scene: TestRoom) -> None:
    await scene.do(call.ReceiveCall(call="c3", region="RT", function="RT.112", channel="112", number="0612345678"))
    text = await page(scene, "112")
    assert "0612345678" in text and "smoke" in text
    assert MEDICAL not in text and POLICE not in text


async def test_what_the_people_of_a_sheet_could_not_all_open_stays_off_it(scene: TestRoom) -> None:
    seen = {kind: (v.audiences, set(v.compartments)) for kind in SHEETS for v in [papers(scene).viewer(kind)]}
    assert seen == {
        "all": ("", set()),
        "112": ("PBAK", {"caller"}),
        "P": ("P", {"caller", "police"}),
        "B": ("B", {"caller"}),
        "A": ("A", {"caller", "medical"}),
        "K": ("K", {"caller", "police"}),
    }


async def test_attention_messages_stand_on_it_behind_the_same_walls(scene: TestRoom, tmp_path: Path) -> None:
    until = scene.clock.now() + 3_600_000

    async def ask(name: str, text: str, by: str = "RT", **to: Any) -> None:
        asks = attention.WriteAttention(attention=name, until=until, text=CANARY + text, **to)
        await scene.do(asks, room=by)

    there = Location(text="Kerkstraat")
    await ask("m1", "hydrant", region="RT", scope="unit", unit="17-0131", source="OvD-B", location=there)
    await ask("m2", "patient", region="RT", scope="units", audience="A")
    await ask("m3", "wapen", region="RT", scope="units", audience="P")
    await ask("m4", "elders", "LB", region="NL", scope="room", room="OB")
    await ask("m5", "brug", region="NL", scope="all")
    await scene.do(attention.PassOnAttention(attention="RT/m1", unit="17-0131"))
    words = ("hydrant", "patient", "wapen", "elders", "brug")
    sheets_now = {kind: await page(scene, kind) for kind in papers(scene).kinds("RT")}
    assert {kind: {w for w in words if CANARY + w in text} for kind, text in sheets_now.items()} == {
        "all": set(),
        "112": {"hydrant", "brug"},
        "P": {"wapen", "brug"},
        "B": {"hydrant", "brug"},
        "A": {"patient", "brug"},
    }
    for said in ("17-0131", "Kerkstraat", "eenheden A in RT", "02:00:00", "tekst op het blad van de discipline"):
        assert said in sheets_now["all"], said
    assert "17-0131 01:00:00" in sheets_now["B"] and "(OvD-B)" in sheets_now["B"]
    assert "niet op dit blad: medische regels" in sheets_now["112"]

    # Whose words came onto paper is recorded, there and at a desk; what is over stands on it no more.
    assert await writer(scene, tmp_path).write()
    read = {c.reading.ref for c in scene.read_log.query(person="system.paper")}
    assert {"RT/m1", "RT/m2", "RT/m3", "NL/m5"} <= read and "NL/m4" not in read
    ambu = await scene.signed_in("ambu")
    assert CANARY + "patient" in (await ambu.get("/paper/RT/A")).text
    opened = {c.reading.ref: c.reading.compartments for c in scene.read_log.query(person="ambu")}
    assert opened["RT/m2"] == ("medical",)
    await scene.clock.pump(3_601)
    assert CANARY + "brug" not in await page(scene, "B")


async def test_what_is_closed_or_elsewhere_is_not_on_it(scene: TestRoom) -> None:
    await scene.own("LB.B.dispatch", room="LB")
    there = Location(text="Grotestraat 9")
    open_one = incident_rules.OpenIncident(incident="i9", region="LB", disciplines="B", location=there)
    await scene.do(open_one, room="LB")
    await scene.do(incident_rules.CloseTrack(incident="RT/i1", discipline="A", code="x"))
    assert "Grotestraat 9" not in await page(scene, "all")
    assert "Coolsingel" not in await page(scene, "A") and "Coolsingel" in await page(scene, "B")


async def test_a_room_has_the_sheets_of_what_it_serves_or_serves_at_home(scene: TestRoom) -> None:
    assert papers(scene).kinds("RT") == ["all", "112", "P", "B", "A"]
    await scene.own("RT.K.dispatch")
    assert "K" in papers(scene).kinds("RT")


async def test_hostile_words_stay_words(scene: TestRoom) -> None:
    bad = '"><script>alert(1)</script><img src=x onerror=y>'
    await scene.do(incident_rules.WriteNote(incident="RT/i1", line="bad", text=bad))
    await scene.do(incident_rules.Relocate(incident="RT/i1", location=Location(text=bad, place=bad)))
    text = await page(scene, "B")
    assert "<script" not in text and "<img" not in text and "&lt;script&gt;" in text


async def test_it_needs_nothing_but_itself(scene: TestRoom) -> None:
    text = await page(scene, "B")
    assert not re.search(
        r"<(script|link|img|iframe|form|input)\b|\bsrc=|\bhref=|url\(|@import|http-equiv=.refresh", text
    )
    assert "default-src 'none'" in text


# --- how old it is ----------------------------------------------------------------------------------------------------


async def test_its_age_stands_on_top_and_when_it_is_old(scene: TestRoom) -> None:
    text = await page(scene, "all")
    top = text[text.index('class="age"') :][:400]
    # 2026-01-01 00:00:00 UTC is one o'clock at night in the Netherlands.
    assert "Stand van 01:00:00 op 01-01-2026." in top
    assert "nieuw blad om 01:05:00" in top and "na 01:10:00, dan is dit blad OUD" in top
    asked = await page(scene, "all", "en", by="rt.caco")
    assert "at the request of rt.caco" in asked and "older than 10 minutes" in asked


async def test_a_room_that_is_cut_off_says_so_on_paper(scene: TestRoom) -> None:
    assert "ALLEEN" not in await page(scene, "all")
    await scene.do(desk.NoteRoomAlone(room="RT"))
    assert "DEZE MELDKAMER IS ALLEEN sinds 01:00:00" in await page(scene, "all")


async def test_an_exercise_is_no_less_marked_on_paper(scene: TestRoom) -> None:
    text = await page(scene, "all", exercise=True)
    assert text.count("OEFENING · EXERCISE") == 2 and "<title>OEFENING" in text
    assert "EXERCISE" not in await page(scene, "all")


def test_both_languages_say_the_same_things() -> None:
    assert WORDS["nl"].keys() == WORDS["en"].keys()
    for key, said in WORDS["nl"].items():
        names = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (said, WORDS["en"][key])]
        assert names[0] == names[1], key


async def test_it_can_be_read_in_both(scene: TestRoom) -> None:
    assert 'lang="nl"' in await page(scene, "B") and "Brandweer" in await page(scene, "B")
    english = await page(scene, "B", "en")
    assert 'lang="en"' in english and "Open incidents" in english and "@14:40 af" not in english


# --- on the disk ------------------------------------------------------------------------------------------------------


def sheets(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.html"))


async def test_every_sheet_is_written_for_its_owner_only(scene: TestRoom, tmp_path: Path) -> None:
    folder = tmp_path / "room"
    assert await writer(scene, folder).write()
    kinds = ("112", "A", "B", "P", "all")
    assert sheets(folder / "paper") == [f"{lang}/RT.{k}.html" for lang in ("en", "nl") for k in kinds]
    modes = {stat.S_IMODE(p.stat().st_mode) for p in (folder / "paper").rglob("*.html")}
    assert modes == {0o600}
    assert not list(folder.rglob("*.part"))


async def test_older_sheets_stay_for_a_while(scene: TestRoom, tmp_path: Path) -> None:
    import os

    writes = writer(scene, tmp_path, keep=2)
    for round in range(5):
        await writes.write()
        for path in (tmp_path / "paper").glob("*/*.html"):
            os.utime(path, (1_000 + round, 1_000 + round))
    names = sheets(tmp_path / "paper" / "nl")
    assert [n for n in names if n.startswith("old/RT.A.")] == [
        "old/RT.A.19700101-001642.html", "old/RT.A.19700101-001643.html",
    ]  # fmt: skip
    assert "RT.A.html" in names


async def test_a_sheet_that_cannot_be_made_leaves_the_older_one_and_says_so(scene: TestRoom, tmp_path: Path) -> None:
    class Torn(Papers):
        async def compose(self, room: str, kind: SheetKind) -> Sheet:
            if kind == "A":
                raise StoreFull("no")
            return await super().compose(room, kind)

    writes = writer(scene, tmp_path)
    assert await writes.write()
    before = (tmp_path / "paper/nl/RT.A.html").read_bytes()
    writes._papers = Torn(scene.picture, scene.record, scene.sealer, scene.services.pack, scene.clock)
    await scene.clock.pump(700)
    assert not await writes.write()
    assert writes.age() == 700.0
    assert (tmp_path / "paper/nl/RT.A.html").read_bytes() == before
    assert (tmp_path / "paper/nl/RT.B.html").read_bytes() != before


async def test_whose_words_came_onto_paper_is_recorded_once(scene: TestRoom, tmp_path: Path) -> None:
    writes = writer(scene, tmp_path)
    await writes.write()
    first = [c.reading for c in scene.read_log.query(person="system.paper")]
    assert {(r.ref, r.kind, r.purpose) for r in first} == {
        ("RT/i1", "paper", "continuity"), ("RT.B", "paper", "continuity"),
    }  # fmt: skip
    assert ("caller", "medical") in {r.compartments for r in first}
    await writes.write()
    assert len(scene.read_log.query(person="system.paper")) == len(first)


async def test_a_destroyed_key_takes_the_words_off_the_next_sheet(scene: TestRoom, tmp_path: Path) -> None:
    writes = writer(scene, tmp_path, keep=0)
    await writes.write()
    assert MEDICAL in (tmp_path / "paper/nl/RT.A.html").read_text()
    await scene.keys.destroy("ev.RT.incident.i1", "medical", scene.clock.now(), "term over", "hoofd")
    await writes.write()
    assert MEDICAL not in "".join(p.read_text() for p in (tmp_path / "paper").rglob("*.html"))
    assert "niet op dit blad: medische regels" in (tmp_path / "paper/nl/RT.A.html").read_text()


async def test_the_sheet_of_what_is_no_longer_served_is_put_away(scene: TestRoom, tmp_path: Path) -> None:
    await scene.own("RT.K.dispatch")
    writes = writer(scene, tmp_path)
    await writes.write()
    assert "RT.K.html" in sheets(tmp_path / "paper/nl")
    scene.picture.functions.pop("RT.K.dispatch")
    await writes.write()
    names = sheets(tmp_path / "paper/nl")
    assert "RT.K.html" not in names and any(n.startswith("old/RT.K.") for n in names)


# --- at a desk --------------------------------------------------------------------------------------------------------


async def test_whoever_may_read_it_gets_it_and_that_is_recorded(scene: TestRoom) -> None:
    ambu = await scene.signed_in("ambu")
    answer = await ambu.get("/paper/RT/A?language=en")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    assert MEDICAL in answer.text and "Status sheet" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "script-src" not in answer.headers["content-security-policy"]
    (reading,) = [c.reading for c in scene.read_log.query(person="ambu")]
    assert (reading.ref, reading.compartments, reading.purpose) == ("RT/i1", ("caller", "medical"), "continuity")


@pytest.mark.parametrize(
    ("person", "path", "status"),
    [
        ("", "RT/all", 401),
        ("bram", "RT/B", 200),
        ("bram", "RT/A", 403),
        ("bram", "RT/112", 403),
        ("caco", "RT/all", 200),
        ("caco", "RT/B", 200),
        ("caco", "RT/A", 403),
        ("caco", "LB/all", 403),
        ("caco", "RT/X", 404),
        ("lezer", "RT/all", 200),
        ("lezer", "RT/B", 403),
        ("beheer", "RT/B", 403),
    ],
)
async def test_nobody_prints_more_than_they_may_read(scene: TestRoom, person: str, path: str, status: int) -> None:
    client = await scene.signed_in(person) if person else scene.client()
    answer = await client.get(f"/paper/{path}")
    assert answer.status_code == status, answer.text[:300]
    if status != 200:
        assert CANARY not in answer.text and answer.headers["content-type"] == "application/problem+json"
