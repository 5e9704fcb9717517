"""The real provider of the tests, and a person who signs in there with a browser of their own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
import pytest

from tools.node import node
from tools.shell import ROOT

CLIENT, SECRET = "meldkamer-test", "this secret: with signs / that need & care"
STRONG = "urn:test:two-factors"
SCRIPT = Path(__file__).with_name("provider.mjs")


class RealProvider:
    """A running provider. `issuer`: where it is."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.issuer: str = self._heard()["issuer"]

    def tell(self, **what: Any) -> None:
        """Change it, and wait until it is so; see the script."""
        assert self._process.stdin is not None
        print(json.dumps(what), file=self._process.stdin, flush=True)
        assert self._heard() == {"done": True}

    def person(self, url: str, login: str, strong: bool = False) -> dict[str, str]:
        """Go where the room sent the browser, sign in there, and come back with what is handed over."""
        own = (urlsplit(self.issuer).hostname, urlsplit(self.issuer).port)
        with httpx.Client(timeout=10) as browser:
            answer = browser.get(url)
            while True:
                if answer.status_code == 200:
                    answer = browser.post(answer.url, data={"login": login, **({"strong": "on"} if strong else {})})
                assert answer.is_redirect, answer.text
                to = urlsplit(urljoin(str(answer.url), answer.headers["location"]))
                if (to.hostname, to.port) != own:
                    return dict(parse_qsl(to.query))
                answer = browser.get(to.geturl())

    def stop(self) -> None:
        """Be away."""
        self._process.kill()
        self._process.wait()

    def _heard(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the provider did not start: see what it said above"
        return dict(json.loads(line))


@contextmanager
def real_provider(*redirects: str) -> Iterator[RealProvider]:
    """A provider of its own process, whose client lives at these addresses."""
    if not (ROOT / "node_modules/oidc-provider").is_dir():
        pytest.skip("oidc-provider is not installed: run ./dev vendor")
    pipe = subprocess.PIPE
    command = [node(), str(SCRIPT), CLIENT, SECRET]
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT)
    try:
        provider = RealProvider(process)
        if redirects:
            provider.tell(redirects=redirects)
        yield provider
    finally:
        process.kill()
        process.wait()
        for end in (process.stdin, process.stdout):
            if end is not None:
                end.close()
