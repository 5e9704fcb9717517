"""The pages' files go out compressed to whoever takes that, and as another thing to a cache between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from meldkamer.desk.pages import Pages, without_notes

SCRIPT, FONT, TINY = "export const rows = [];\n" * 500, bytes(range(256)) * 20, "1"


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    (tmp_path / "index.html").write_text('<script type="module" src="/static/main.js"></script>' * 20)
    (tmp_path / "main.js").write_text(SCRIPT)
    (tmp_path / "tiny.js").write_text(TINY)
    (tmp_path / "letters.woff2").write_bytes(FONT)
    transport = httpx.ASGITransport(Starlette(routes=list(Pages(tmp_path).routes())))
    async with httpx.AsyncClient(transport=transport, base_url="http://room") as client:
        yield client


@pytest.mark.parametrize("path", ["/static/main.js", "/w/operator"])
async def test_a_text_is_a_fraction_of_itself_under_way_and_the_same_at_the_end(
    client: httpx.AsyncClient, path: str
) -> None:
    packed = await client.get(path, headers={"accept-encoding": "br, gzip;q=0.8"})
    plain = await client.get(path, headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 4
    assert packed.text == plain.text
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accepted", ["gzip;q=0", "br", "identity", "*;q=0, gzip;q=0.0"])
async def test_who_does_not_take_it_gets_it_plain(client: httpx.AsyncClient, accepted: str) -> None:
    answer = await client.get("/static/main.js", headers={"accept-encoding": accepted})
    assert "content-encoding" not in answer.headers and answer.text == SCRIPT


async def test_each_form_has_its_own_tag(client: httpx.AsyncClient) -> None:
    """Else a cache would take the one for the other, and hand compressed bytes to a client that knows none."""
    tags = {}
    for accepted in ("gzip", "identity"):
        tags[accepted] = (await client.get("/static/main.js", headers={"accept-encoding": accepted})).headers["etag"]
    assert tags["gzip"] != tags["identity"]
    for accepted, tag in tags.items():
        headers = {"accept-encoding": accepted, "if-none-match": tag}
        assert (await client.get("/static/main.js", headers=headers)).status_code == 304
        other = {**headers, "accept-encoding": "identity" if accepted == "gzip" else "gzip"}
        assert (await client.get("/static/main.js", headers=other)).status_code == 200


async def test_what_would_not_shrink_goes_as_it_is(client: httpx.AsyncClient) -> None:
    for path, content in (("/static/letters.woff2", FONT), ("/static/tiny.js", TINY.encode())):
        answer = await client.get(path, headers={"accept-encoding": "gzip"})
        assert "content-encoding" not in answer.headers and answer.content == content


NOTED = b"""// A file.
import { x } from "./x.js"; // beside
/**
 * What it does.
 * @param {number} n
 */
export function f(n) {
  /** @type {any} */ (x).y = "// no note"; /* in the line */
  // why
  /** @type {string} */
  const url = `https://${n}
/w/ // text`;
  return url;
}
"""
BARE = b"""
import { x } from "./x.js"; // beside




export function f(n) {
  /** @type {any} */ (x).y = "// no note"; /* in the line */


  const url = `https://${n}
/w/ // text`;
  return url;
}
"""


async def test_our_scripts_go_out_without_what_only_their_readers_need(tmp_path: Path) -> None:
    assert without_notes(NOTED) == BARE
    for folder in ("js/views", "vendor"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.js").write_bytes(NOTED)
    pages = Pages(tmp_path)
    sent = {name: found[0].body for name in ("js/views/a.js", "vendor/a.js") if (found := pages.get(name))}
    assert sent == {"js/views/a.js": BARE, "vendor/a.js": NOTED}
