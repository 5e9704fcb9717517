"""What several windows of a workplace ask about the same state of the same thing is asked of the room once."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Route, expect

from .conftest import Enter
from .house import House

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
ASK = """async (states) => {
  const { Shared } = await import('/static/js/shared.js');
  window.shared ??= new Shared();
  return Promise.all(states.map((state) => shared.ask('/api/asked', state)));
}"""
WORKER_GOES = """async () => {
  const { Channel } = await import('/static/js/channel.js');
  const channel = new Channel(() => {});
  channel.port = { postMessage() {} };
  const asked = channel.read('/api/session', 'x');
  channel.alone();
  channel.own.stop();
  return (await asked).person;
}"""


async def test_one_state_is_asked_once_and_what_failed_again(enter: Enter) -> None:
    window = await enter("rt.brand")
    answers: list[int] = []

    async def answer(route: Route) -> None:
        answers.append(len(answers) + 1)
        if answers[-1] == 3:
            await route.fulfill(status=403, json={"type": "forbidden", "title": "no"})
        else:
            await route.fulfill(json={"n": answers[-1]})

    async def ask(*states: str) -> list[Any]:
        return list(await window.page.evaluate(ASK, list(states)))

    await window.page.route("**/api/asked", answer)
    assert await ask("1", "1", "1") == [{"found": {"n": 1}}] * 3
    # Whoever comes a little later has the same; whoever knows of something newer has not.
    assert await ask("1", "2") == [{"found": {"n": 1}}, {"found": {"n": 2}}]
    window.may_be_refused = True
    refused, also = await ask("3", "3")
    assert refused == also == {"problem": {"type": "forbidden", "title": "no"}}
    assert await ask("3") == [{"found": {"n": 4}}]
    # Of who leaves nothing stays for who sits down next.
    await window.page.evaluate("shared.forget()")
    assert await ask("1") == [{"found": {"n": 5}}]


async def test_windows_show_an_incident_and_none_of_them_asks_for_it_alone(enter: Enter, house: House) -> None:
    ref = house.incident("rt.brand", "RT", "B", "Samenleesweg 6", class_text="Woningbrand")
    house.do("rt.brand", type="write_note", incident=ref, line="n1", text="rook uit het dak", audience="")
    first = await enter("rt.brand")
    asked: list[str] = []
    windows = [first]
    for _ in range(2):
        page = await first.page.context.new_page()
        await page.goto(first.page.url)
        windows.append(type(first)(page, house.url))
        await windows[-1].ready()
    for window in windows:
        window.page.on("request", lambda request: asked.append(request.url))
    await first.in_hand("Samenleesweg 6")
    for window in windows:
        await window.sees(".log", "rook uit het dak")
    # What is written later changes its state, and is read anew by all.
    house.do("rt.brand", type="write_note", incident=ref, line="n2", text="bewoner is buiten", audience="")
    for window in windows:
        await window.sees(".log", "bewoner is buiten")
    assert not [url for url in asked if url.endswith(f"/api/incidents/{ref}")]


async def test_a_question_outlives_the_worker_that_was_asked(enter: Enter) -> None:
    window = await enter("rt.brand")
    assert await window.page.evaluate(WORKER_GOES) == "rt.brand"
    await expect(window.at(".frame")).to_be_visible()
