"""The country's data changed by two people through the API: judged, seen, approved, in force, taken back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from meldkamer.access import add_account
from meldkamer.domain.incident_rules import AnswerQuestion
from meldkamer.domain.pack_change import sha_of
from meldkamer.network import Picture
from meldkamer.pack import Pack, load_pack
from meldkamer.pack.changeable import changeable
from meldkamer.response import CardBook, PackKeeper, export_pack

from .conftest import PASSWORD, TestRoom
from .world import settle

SET = "questions/brand-gebouw.toml"
WHY = "besluit van het vakberaad"
SOON, DAY = 600_000, 24 * 3_600_000


class Admins:
    """Two administrators of the room, and what they do."""

    def __init__(self, room: TestRoom, first: httpx.AsyncClient, second: httpx.AsyncClient) -> None:
        self.room, self.first, self.second = room, first, second
        self.texts = changeable(Path(room.pack.folder))

    async def propose(self, file: str, text: str, before: str | None = None) -> dict[str, Any]:
        files = {f["file"]: f for f in (await self.first.get("/api/admin/pack")).json()["files"]}
        newest = files[file]["newest"] if file in files else sha_of("")
        body = {"id": self.room.ids.new(), "file": file, "text": text, "before": before or newest, "reason": WHY}
        answer = await self.first.post("/api/admin/pack/changes", json=body)
        return {"status": answer.status_code, "id": body["id"], **answer.json()}

    async def approve(self, id: str, effective: int = 0, who: httpx.AsyncClient | None = None) -> httpx.Response:
        path = f"/api/admin/pack/changes/{id}/approve"
        return await (who or self.second).post(path, json={"effective": effective})

    async def change(self, id: str) -> dict[str, Any]:
        answer = await self.second.get(f"/api/admin/pack/changes/{id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
async def admins(app_room: TestRoom) -> Admins:
    gate = app_room.gate
    await add_account(
        gate.accounts, app_room.passwords, gate.roles, name="bea", room="RT", password=PASSWORD, roles=("FB",)
    )
    return Admins(app_room, await app_room.signed_in("beheer"), await app_room.signed_in("bea"))


def eight_seconds(text: str) -> str:
    return text.replace("answered_112,10,s", "answered_112,8,s", 1)


async def test_a_norm_changes_by_two_people_at_its_moment(app_room: TestRoom, admins: Admins) -> None:
    norms = eight_seconds(admins.texts["norms.csv"])
    made = await admins.propose("norms.csv", norms)
    assert made["kept"] and made["faults"] == []
    assert [(line["kind"], line["text"][:11]) for line in made["lines"] if line["kind"] in ("gone", "new")] == [
        ("gone", "answer_112,"),
        ("new", "answer_112,"),
    ]
    # Whoever proposed it does not approve it, and nothing counts yet.
    refused = await admins.approve(made["id"], who=admins.first)
    assert refused.status_code == 422 and refused.json()["code"] == "pack.own"
    assert (await admins.change(made["id"]))["change"]["state"] == "waiting"
    assert not (await admins.change(made["id"]))["change"]["own"]
    at = app_room.clock.now() + SOON
    assert (await admins.approve(made["id"], at)).status_code == 204
    await app_room.packs.look()
    before = app_room.packs.pack
    assert before.norm["answer_112"].value == 10
    assert (await admins.change(made["id"]))["change"]["state"] == "coming"
    await app_room.clock.pump(SOON / 1000 - 1)
    await app_room.packs.look()
    assert app_room.packs.pack is before
    await app_room.clock.pump(1)
    await app_room.packs.look()
    assert app_room.packs.pack.norm["answer_112"].value == 8 and app_room.packs.pack.hash != before.hash
    shown = (await (await app_room.signed_in("bram")).get("/api/pack")).json()
    assert next(n for n in shown["norms"] if n["code"] == "answer_112")["value"] == 8
    assert shown["hash"] == app_room.packs.pack.hash
    overview = (await admins.first.get("/api/admin/pack")).json()
    row = next(f for f in overview["files"] if f["file"] == "norms.csv")
    assert (row["since"], row["by"], row["approved_by"]) == (at, "beheer", "bea")
    assert overview["changes"][0]["state"] == "in_force" and overview["problem"] == ""


async def test_another_room_and_a_restart_take_the_same(app_room: TestRoom, admins: Admins) -> None:
    made = await admins.propose("norms.csv", eight_seconds(admins.texts["norms.csv"]))
    await admins.approve(made["id"])
    await app_room.packs.look()
    picture = Picture(lambda entry: app_room.sealer.decode(entry, frozenset()).event)
    async for entry in app_room.record.replay("NL", 0, await app_room.record.tail("NL")):
        picture.apply(entry)
    again = Picture(lambda entry: app_room.sealer.decode(entry, frozenset()).event)
    again.from_snapshot(picture.positions, picture.to_snapshot())
    for there in (picture, again):
        elsewhere = PackKeeper(
            app_room.pack, app_room.proposals.book, app_room.record, there, app_room.clock, app_room.where.rd.to_rd
        )
        await elsewhere.look()
        assert elsewhere.problem == "" and elsewhere.pack.hash == app_room.packs.pack.hash
        assert elsewhere.pack.norm["answer_112"].value == 8


async def test_it_is_taken_by_the_worker_itself_at_the_moment(app_room: TestRoom, admins: Admins) -> None:
    taken: list[str] = []
    came = asyncio.Event()

    def take(pack: Pack, book: CardBook) -> None:
        taken.append(pack.hash)
        came.set()

    app_room.packs.taking.append(take)
    work = asyncio.create_task(app_room.packs.run())
    made = await admins.propose("norms.csv", eight_seconds(admins.texts["norms.csv"]))
    await admins.approve(made["id"], app_room.clock.now() + SOON)
    await app_room.packs.look()  # builds what comes, before its moment
    assert taken == []
    await app_room.clock.pump(SOON / 1000 + 0.01)
    while not came.is_set():  # whether or not the worker had built it by then
        await app_room.clock.pump(0.01)
    assert taken == [app_room.packs.pack.hash]
    work.cancel()


async def test_a_new_text_of_a_set_keeps_the_answers_to_the_old_one_readable(
    app_room: TestRoom, admins: Admins
) -> None:
    old = admins.texts[SET]
    first = next(q for q in app_room.pack.question_sets if q.id == "building_fire")
    same_version = old.replace('name = "', 'name = "Nieuw: ', 1)
    made = await admins.propose(SET, same_version)
    assert not made["kept"] and [f["column"] for f in made["faults"]] == ["version"]
    text = same_version.replace(f'version = "{first.version}"', 'version = "2026.9"', 1)
    made = await admins.propose(SET, text)
    assert made["kept"], made
    await admins.approve(made["id"])
    await app_room.packs.look()
    pack = app_room.packs.pack
    assert [s.version for s in pack.question_sets if s.id == "building_fire"] == ["2026.9"]
    assert [s.version for s in pack.past_sets] == [first.version]
    sets = (await (await app_room.signed_in("bram")).get("/api/questions")).json()
    assert {s["version"] for s in sets["past"]} == {first.version}
    # Somebody who was asking when it changed can still answer.
    await app_room.an_incident()
    question = first.questions[0]
    answer = question.answers()[0] if question.answers() else "1"
    await app_room.do(
        AnswerQuestion(
            incident="RT/i1", set="building_fire", version=first.version, question=question.id, answer=answer
        ),
        actor="bram",
    )
    # Back, as a change of its own with four eyes.
    back = await admins.propose(SET, old)
    assert back["kept"], back
    await app_room.clock.pump(1)
    await admins.approve(back["id"])
    await app_room.packs.look()
    assert [s.version for s in app_room.packs.pack.question_sets if s.id == "building_fire"] == [first.version]
    assert [s.version for s in app_room.packs.pack.past_sets] == ["2026.9"]


async def test_a_set_that_counts_only_later_is_not_taken_before(app_room: TestRoom, admins: Admins) -> None:
    text = admins.texts[SET].replace("effective = 2026-01-01", "effective = 2026-03-01", 1)
    version = next(q for q in app_room.pack.question_sets if q.id == "building_fire").version
    text = text.replace(f'version = "{version}"', 'version = "2026.9"', 1)
    assert text != admins.texts[SET]
    made = await admins.propose(SET, text)
    assert made["kept"], made
    refused = await admins.approve(made["id"])
    assert refused.status_code == 422 and "effective" in refused.json()["params"]["fault"]
    assert (await admins.approve(made["id"], app_room.clock.now() + 70 * DAY)).status_code == 204


async def test_run_cards_are_used_from_their_moment(app_room: TestRoom, admins: Admins) -> None:
    cards = admins.texts["runcards/fire.toml"]
    text = cards.replace("station = ", "station = 1", 1) if "station = " in cards else cards + "\n"
    assert text != cards
    made = await admins.propose("runcards/fire.toml", text)
    assert made["kept"], made
    before = app_room.proposals.book.hash
    await admins.approve(made["id"])
    await app_room.packs.look()
    assert app_room.proposals.book.hash != before


async def test_it_is_withdrawn_before_and_not_after(app_room: TestRoom, admins: Admins) -> None:
    made = await admins.propose("norms.csv", eight_seconds(admins.texts["norms.csv"]))
    await admins.approve(made["id"], app_room.clock.now() + SOON)
    path = f"/api/admin/pack/changes/{made['id']}/withdraw"
    assert (await admins.first.post(path, json={"reason": "toch niet"})).status_code == 204
    await app_room.clock.pump(2 * SOON / 1000)
    await app_room.packs.look()
    assert app_room.packs.pack.norm["answer_112"].value == 10
    made = await admins.propose("norms.csv", eight_seconds(admins.texts["norms.csv"]))
    await admins.approve(made["id"])
    await app_room.clock.pump(1)
    path = f"/api/admin/pack/changes/{made['id']}/withdraw"
    answer = await admins.first.post(path, json={"reason": "toch niet"})
    assert answer.status_code == 422 and answer.json()["code"] == "pack.in_force"


async def test_two_files_that_need_each_other_cannot_come_apart(app_room: TestRoom, admins: Admins) -> None:
    classes = admins.texts["classes.csv"] + "brgb99,Brand,Gebouw,99 Proef,2,B\n"
    wanted = (await admins.propose("classes.csv", classes))["id"]
    await admins.approve(wanted, app_room.clock.now() + SOON)
    sets = admins.texts[SET].replace('"brgb*"', '"brgb*", "brgb99"', 1)
    version = next(q for q in app_room.pack.question_sets if q.id == "building_fire").version
    sets = sets.replace(f'version = "{version}"', 'version = "2026.9"', 1)
    made = await admins.propose(SET, sets)
    assert made["kept"], made
    # Before the class is there the set would name one that is not.
    early = await admins.approve(made["id"])
    assert early.status_code == 422 and early.json()["code"] == "pack.faults"
    assert (await admins.approve(made["id"], app_room.clock.now() + SOON + 1)).status_code == 204
    # And the class cannot go from under it.
    path = f"/api/admin/pack/changes/{wanted}/withdraw"
    answer = await admins.first.post(path, json={"reason": "toch niet"})
    assert answer.status_code == 422 and answer.json()["code"] == "pack.faults"


BAD = [
    ("norms.csv", "", 0, ""),
    ("norms.csv", "geen tabel", 1, "code"),
    ("norms.csv", "a" * (130 * 1024), 0, ""),
    ("norms.csv", "co\x00de\n", 1, ""),
    ("norms.csv", "code,\u202ename\n", 1, ""),
    ("classes.csv", "code,level1,level2,level3,priority,disciplines\nal,Alarm,,,vier,P\n", 2, "priority"),
    ("classes.csv", 'code,level1,level2,level3,priority,disciplines\n"al,Alarm,,,4,P\n', 2, ""),
    (SET, "set = ", 1, ""),
    (SET, 'set = "x"\n' * 2, 2, ""),
    ("runcards/fire.toml", "discipline = 'Z'\n", 1, "discipline"),
    ("runcards/fire.toml", "x = [" + "[" * 5_000, 0, ""),
    ("questions/nieuw.toml", "nonsens", 1, ""),
    ("rooms.csv", "code\n", 0, ""),
    ("runcards/nieuw.toml", "discipline = 'B'\n", 0, ""),
    ("runcards/approved.toml", "x = 1\n", 0, ""),
]


async def test_a_bad_text_is_told_by_row_and_field_and_kept_nowhere(app_room: TestRoom, admins: Admins) -> None:
    for file, text, row, column in BAD:
        answer = await admins.first.post("/api/admin/pack/check", json={"file": file, "text": text})
        assert answer.status_code == 200, answer.text
        faults = answer.json()["faults"]
        assert faults and answer.json()["lines"] == []
        assert any(f["row"] == row and column in ("", f["column"]) for f in faults), faults
        made = await admins.propose(file, text)
        assert made["status"] == 200 and not made["kept"] and made["faults"]
        assert app_room.picture.pack_files().changes == ()


async def test_names_that_leave_the_folder_and_texts_of_others_are_refused(app_room: TestRoom, admins: Admins) -> None:
    for file in ("../norms.csv", "questions/../norms.csv", "/etc/passwd", "norms.csv\n", "plan/x.toml", ""):
        answer = await admins.first.post("/api/admin/pack/check", json={"file": file, "text": "x"})
        assert answer.status_code == 422 or answer.json()["faults"], file
    answer = await admins.first.get(f"/api/admin/pack/text?file=norms.csv&sha={'0' * 64}")
    assert answer.status_code == 404
    huge = await admins.first.post("/api/admin/pack/check", json={"file": "norms.csv", "text": "a" * 300_000})
    assert huge.status_code in (413, 422)


async def test_a_text_made_on_an_older_one_is_refused(app_room: TestRoom, admins: Admins) -> None:
    norms = admins.texts["norms.csv"]
    made = await admins.propose("norms.csv", eight_seconds(norms))
    await admins.approve(made["id"])
    await settle()
    late = await admins.propose("norms.csv", norms.replace("answered_112,10,s", "answered_112,9,s"), sha_of(norms))
    assert late["status"] == 422 and late["code"] == "pack.moved_on"


async def test_what_counted_at_a_moment_is_written_as_a_folder(
    app_room: TestRoom, admins: Admins, tmp_path: Path
) -> None:
    classes = admins.texts["classes.csv"] + "brgb99,Brand,Gebouw,99 Proef,2,B\n"
    for file, text in (("norms.csv", eight_seconds(admins.texts["norms.csv"])), ("classes.csv", classes)):
        assert (await admins.approve((await admins.propose(file, text))["id"], app_room.clock.now() + SOON)).is_success
    now = app_room.clock.now()
    assert await export_pack(app_room.record, app_room.pack, tmp_path / "before", now) == []
    changed = await export_pack(app_room.record, app_room.pack, tmp_path / "after", now + SOON)
    assert changed == ["classes.csv", "norms.csv"]
    before, after = load_pack(tmp_path / "before"), load_pack(tmp_path / "after")
    assert (before.norm["answer_112"].value, after.norm["answer_112"].value) == (10, 8)
    assert "brgb99" in after.classification and before.hash == app_room.pack.hash
    with pytest.raises(OSError):
        await export_pack(app_room.record, app_room.pack, tmp_path / "after", now)
