"""Requests that are alike but for where, and for the name of the location.

A proxy asks the same question all day long, written by the same program: every letter is the same but for the numbers
of one position and the id that it gave the location. Such a text is read strictly once; of the next one only the two
pieces that differ are read. They hold nothing that means something in XML, so the rest of the text says what it said
the first time.
"""

from __future__ import annotations

import re

import msgspec

from meldkamer.geo.borders import BadShape, Point
from meldkamer.geo.borders.shapes import check
from meldkamer.geo.lost.faults import LostFault
from meldkamer.geo.lost.location import Location, pair_of
from meldkamer.geo.lost.request import FindService, LostRequest, read_request

MOST_TEXTS = 64
"""Texts that are remembered; beyond them all are learnt anew."""
MOST_BYTES = 2_048
"""Length of a request that is looked at in this way."""
_PIECES = re.compile(
    rb'(.{20,1200}?\sid=")([A-Za-z0-9._-]{1,64})(".{1,600}?pos>)([-+0-9.eE \t\r\n]{3,64})(</.*)', re.DOTALL
)
_TRIED_ID, _TRIED_PLACE, _TRIED = b"tried-112", b"11.5 22.25", Point(11.5, 22.25)

Text = tuple[bytes, bytes, bytes]


class RequestReader:
    """Reads requests as `read_request` does, and the same question at another place faster. From any thread."""

    def __init__(self) -> None:
        self._known: dict[Text, FindService | None] = {}

    def read(self, body: bytes) -> LostRequest:
        """What is asked. Raises LostFault."""
        pieces = _PIECES.fullmatch(body) if len(body) <= MOST_BYTES else None
        if pieces is None:
            return read_request(body)
        before, identity, between, place, after = pieces.groups()
        text = (before, between, after)
        known = self._known.get(text)
        if known is None:
            request = read_request(body)
            if text not in self._known:
                self._learn(text)
            return request
        try:
            point = Point(*pair_of(place.decode("ascii")))
            check(point)
        except BadShape:
            return read_request(body)  # which says what is wrong with it
        return FindService(
            location=Location(identity.decode("ascii"), known.location.profile, point),
            service=known.service,
            via=known.via,
            boundary=known.boundary,
            validate=known.validate,
        )

    def _learn(self, text: Text) -> None:
        """Find out with values of our own whether the two pieces are the name and the place of the location that
        counts. Of a text in which they are something else, None is remembered."""
        before, between, after = text
        tried: LostRequest | None = None
        try:
            tried = read_request(b"".join((before, _TRIED_ID, between, _TRIED_PLACE, after)))
        except LostFault:
            tried = None
        fits = isinstance(tried, FindService) and tried.location == msgspec.structs.replace(
            tried.location, id=_TRIED_ID.decode(), where=_TRIED
        )
        if len(self._known) >= MOST_TEXTS:
            self._known.clear()
        self._known[text] = tried if fits and isinstance(tried, FindService) else None
