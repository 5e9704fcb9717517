"""The mark of an exercise on everything that leaves the house: a header on each answer, a band and a title on a page.

The band is put into the page before any script runs, so that signing in, a page that fails to load and a print carry it
as well. Both languages stand side by side: nobody has to have chosen one to be warned.
"""

from __future__ import annotations

import re

HEADER = ("meldkamer-exercise", "yes")
WORDS = "OEFENING · EXERCISE"
BAND = (
    '<aside class="exercise" aria-label="Oefening. Exercise.">'
    '<strong lang="nl">OEFENING</strong> <span lang="nl">niets hiervan is echt</span>'
    '<strong lang="en">EXERCISE</strong> <span lang="en">nothing here is real</span></aside>'
)
_OPENING = re.compile(rb"<html\b")
_TITLE = re.compile(rb"<title>")
_BODY = re.compile(rb"<body\b[^>]*>")


def marked(page: bytes) -> bytes:
    """The page as an exercise shows it. Raises ValueError for one without room for the mark."""
    page, opened = _OPENING.subn(b'<html data-exercise="yes"', page, count=1)
    page, titled = _TITLE.subn(b"<title>" + WORDS.encode() + b" \xc2\xb7 ", page, count=1)
    page, banded = _BODY.subn(lambda found: found[0] + BAND.encode(), page, count=1)
    if not (opened and titled and banded):
        raise ValueError("a page without <html>, <title> and <body> cannot carry the mark of an exercise")
    return page
