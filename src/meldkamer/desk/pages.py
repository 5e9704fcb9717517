"""The operators' pages: files read once at start, served from memory under a path that changes with their content.

`/static/<version>/…` never changes and is cached for ever; `/static/…` is checked again by its ETag. Modules import
each other by relative paths, so that one change of version in `index.html` moves them all.
Texts are compressed once, at the start; nothing that is secret is among them, so their length tells nobody anything.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from meldkamer.desk.exercise_mark import marked

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".wav": "audio/wav",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
}
"""What is served, and as what; a file of another kind is not served at all."""

PACKED = frozenset({".html", ".js", ".mjs", ".css", ".json", ".svg", ".txt", ".webmanifest"})
"""What becomes smaller; fonts, pictures and sounds are compressed already."""

OWN = "js"
"""The folder of our own scripts; what others made goes out as it is, with its notices."""
NOTES = re.compile(rb"(?ms)^[ \t]*(?:/\*\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*$")
"""Comments that have their lines to themselves: for who reads the source, and a tenth of what a first load weighs."""

FOR_EVER = "public, max-age=31536000, immutable"
CHECK = "no-cache"
INDEX = "index.html"


class File(msgspec.Struct, frozen=True):
    """One file as it is sent. packed: the same compressed with gzip, empty when that would save nothing."""

    body: bytes
    type: str
    etag: str
    packed: bytes = b""


class Pages:
    """The files of a folder. A path is looked up among them and never joined to the folder. exercise: pages say so."""

    def __init__(self, folder: Path, exercise: bool = False) -> None:
        self._files: dict[str, File] = {}
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            kind = TYPES.get(path.suffix)
            if kind is not None and path.is_file() and not any(p.startswith(".") for p in path.parts[-2:]):
                body = path.read_bytes()
                if exercise and path.suffix == ".html":
                    body = marked(body)
                if path.suffix == ".js" and path.relative_to(folder).parts[0] == OWN:
                    body = without_notes(body)
                etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
                packed = _packed(body) if path.suffix in PACKED else b""
                self._files[path.relative_to(folder).as_posix()] = File(body, kind, etag, packed)
        names = "\n".join(f"{name} {file.etag}" for name, file in self._files.items())
        self.version = "v" + hashlib.sha256(names.encode()).hexdigest()[:12]
        self._index = self._with_version(self._files.get(INDEX))

    def get(self, path: str) -> tuple[File, bool] | None:
        """The file at a path below `/static/`, and whether it can be kept for ever."""
        head, _, rest = path.partition("/")
        if head == self.version:
            file = self._files.get(rest)
            return None if file is None else (file, True)
        file = self._files.get(path)
        return None if file is None else (file, False)

    def routes(self) -> Sequence[BaseRoute]:
        """`/`, `/w/…` (one page for every window) and `/static/…`."""
        return [
            Route("/", self._page, methods=["GET"]),
            Route("/w/{rest:path}", self._page, methods=["GET"]),
            Route("/favicon.ico", self._icon, methods=["GET"]),
            Route("/static/{path:path}", self._static, methods=["GET"]),
        ]

    async def _page(self, request: Request) -> Response:
        if self._index is None:
            return Response("the pages are not installed", 404, media_type="text/plain")
        return _answer(request, self._index, CHECK)

    async def _icon(self, request: Request) -> Response:
        file = self._files.get("favicon.ico") or self._files.get("favicon.svg")
        return Response(status_code=204) if file is None else _answer(request, file, CHECK)

    async def _static(self, request: Request) -> Response:
        found = self.get(request.path_params["path"])
        if found is None:
            return Response("no such file", 404, media_type="text/plain", headers={"Cache-Control": "no-store"})
        return _answer(request, found[0], FOR_EVER if found[1] else CHECK)

    def _with_version(self, index: File | None) -> File | None:
        if index is None:
            return None
        body = index.body.replace(b"/static/", f"/static/{self.version}/".encode())
        return File(body, index.type, f'"{hashlib.sha256(body).hexdigest()[:24]}"', _packed(body))


def without_notes(script: bytes) -> bytes:
    """A script without the comments on lines of their own. The lines stay, so that a fault names the right one."""
    return NOTES.sub(lambda found: b"\n" * found[0].count(b"\n"), script)


@functools.lru_cache(maxsize=1_000)
def _packed(body: bytes) -> bytes:
    """Compressed once for all rooms of a process."""
    packed = gzip.compress(body, 9, mtime=0)
    return packed if len(packed) < len(body) else b""


def takes_gzip(accepted: str) -> bool:
    """Whether a client's `Accept-Encoding` names gzip and does not refuse it."""
    for one in accepted.lower().split(","):
        name, _, weight = one.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _answer(request: Request, file: File, caching: str) -> Response:
    packed = bool(file.packed) and takes_gzip(request.headers.get("accept-encoding", ""))
    # What is sent compressed is another representation: a cache between must not give one for the other.
    etag = f'{file.etag[:-1]}-gz"' if packed else file.etag
    headers = {"ETag": etag, "Cache-Control": caching, "X-Content-Type-Options": "nosniff"}
    if file.packed:
        headers["Vary"] = "Accept-Encoding"
    wanted = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if etag in wanted:
        return Response(status_code=304, headers=headers)
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(file.packed if packed else file.body, headers={**headers, "Content-Type": file.type})
