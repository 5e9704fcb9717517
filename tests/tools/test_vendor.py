"""The bundled browser modules: whole, documented, without an address, and working in a browser."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tools import browser, manifest, vendor
from tools.check import typescript
from tools.shell import ROOT, quiet

PAGE = """<!doctype html><link rel="icon" href="data:,"><link rel="stylesheet" href="vendor/fonts.css">
<body style="font: 16px 'Atkinson Hyperlegible Next'"><main></main><div id="map" style="width:200px;height:200px"></div>
<script type="module">
import { html, render, signal, useState } from "./vendor/preact.js";
import { OlMap, View } from "./vendor/ol.js";
import { proj4, registerProj4, transform } from "./vendor/ol_tiles.js";
const calls = signal(1);
function Board() {
  const [taken, take] = useState(0);
  return html`<button id="take" onClick=${() => take(taken + 1)}>${taken}/${calls.value}</button>`;
}
render(html`<${Board} />`, document.querySelector("main"));
calls.value = 7;
proj4.defs("EPSG:28992", "+proj=sterea +lat_0=52.15616055555555 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 " +
  "+y_0=463000 +ellps=bessel +towgs84=565.417,50.3319,465.552,-0.398957,0.343988,-1.8774,4.0725 +units=m");
registerProj4(proj4);
const centre = transform([5.38720621, 52.15517440], "EPSG:4326", "EPSG:28992");
const map = new OlMap({ target: "map", view: new View({ projection: "EPSG:28992", center: centre, zoom: 9 }) });
map.once("rendercomplete", () => { window.centre = map.getView().getCenter(); });
</script>"""

needs_bundle = pytest.mark.skipif(
    bool(manifest.problems(vendor.TARGET)), reason="no bundle here; ./dev vendor makes it"
)


def test_the_lock_file_names_no_address() -> None:
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text
    assert all("integrity" in package for name, package in json.loads(text)["packages"].items() if name)


def test_versions_are_pinned() -> None:
    wishes = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    assert all(version[0].isdigit() for version in {**wishes["dependencies"], **wishes["devDependencies"]}.values())


def test_a_damaged_bundle_is_named(tmp_path: Path) -> None:
    assert "is not there" in manifest.problems(tmp_path)[0]
    (tmp_path / "manifest.json").write_text("{")
    assert "cannot be read" in manifest.problems(tmp_path)[0]
    (tmp_path / "manifest.json").write_text('{"outputs": []}')
    assert "names no file" in manifest.problems(tmp_path)[0]
    (tmp_path / "manifest.json").write_text('{"outputs": [{"file": "a.js", "sha256": "0"}]}')
    assert manifest.problems(tmp_path) == ["a.js is missing"]
    (tmp_path / "a.js").write_text("")
    assert manifest.problems(tmp_path) == ["a.js differs from its hash in the manifest"]


@needs_bundle
def test_everything_bundled_has_a_licence_with_its_text() -> None:
    content = manifest.read(vendor.TARGET)
    texts = (vendor.TARGET / "LICENCES.txt").read_text(encoding="utf-8")
    for package in content["packages"]:
        assert package["licence"] != "unknown"
        assert f"{package['name']} {package['version']} ({package['licence']})" in texts
    assert {"preact", "htm", "ol", "proj4"} <= {package["name"] for package in content["packages"]}


@needs_bundle
def test_the_page_check_finds_planted_mistakes(tmp_path: Path) -> None:
    static = tmp_path / "src" / "meldkamer" / "desk" / "static"
    static.mkdir(parents=True)
    (tmp_path / "jsconfig.json").write_text((ROOT / "jsconfig.json").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(vendor.MODULES)
    (static / "vendor").mkdir()
    for path in vendor.TARGET.glob("*.*s"):
        (static / "vendor" / path.name).write_bytes(path.read_bytes())
    (static / "good.js").write_text('import { signal } from "./vendor/preact.js";\nsignal(1).value = 2;\n')
    command: list[str | Path] = [typescript(), "--project", tmp_path / "jsconfig.json"]
    assert quiet(command) == (0, "")
    (static / "bad.js").write_text(
        'import { signal } from "./vendor/preact.js";\nimport { View } from "./vendor/ol.js";\n'
        'signal(1).value = "two";\nnew View({ center: "here" });\n'
    )
    code, text = quiet(command)
    assert code != 0
    assert "bad.js(3," in text
    assert "bad.js(4," in text
    assert "good.js" not in text


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "vendor").symlink_to(vendor.TARGET)
    (tmp_path / "index.html").write_text(PAGE)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@needs_bundle
@pytest.mark.browser
@pytest.mark.skipif(browser.found() is None, reason="no Chromium here")
def test_the_bundle_works_in_a_browser(address: str) -> None:
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser.found(), args=[*flags, "--disable-quic"])
        page = chromium.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(address)
        page.wait_for_function("window.centre")
        page.click("#take")
        assert page.inner_text("#take") == "1/7"
        # The reference point of RD New in Amersfoort.
        x, y = page.evaluate("window.centre")
        assert abs(x - 155_000) < 1
        assert abs(y - 463_000) < 1
        assert page.evaluate("[...document.fonts].some((font) => font.status === 'loaded')")
        assert said == []
        chromium.close()
