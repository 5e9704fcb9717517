"""The operators' pages: files read once at start, served from memory under a path that changes with their content.

`/static/<version>/…` never changes and is cached for ever; `/static/…` is checked again by its ETag. Modules import
each other by relative paths, so that one change of version in `index.html` moves them all.
"""

from __future__ import annotations

import hashlib
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

FOR_EVER = "public, max-age=31536000, immutable"
CHECK = "no-cache"
INDEX = "index.html"


class File(msgspec.Struct, frozen=True):
    """One file as it is sent."""

    body: bytes
    type: str
    etag: str


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
                etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
                self._files[path.relative_to(folder).as_posix()] = File(body, kind, etag)
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
        return File(body, index.type, f'"{hashlib.sha256(body).hexdigest()[:24]}"')


def _answer(request: Request, file: File, caching: str) -> Response:
    headers = {"ETag": file.etag, "Cache-Control": caching, "X-Content-Type-Options": "nosniff"}
    wanted = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if file.etag in wanted:
        return Response(status_code=304, headers=headers)
    return Response(file.body, headers={**headers, "Content-Type": file.type})
