"""One drawing with what is written with it: read one at a time, and recorded as read."""

from __future__ import annotations

import msgspec

from meldkamer.access import need, redact_drawing, viewer_of
from meldkamer.desk.contract import Api, ProblemError, Request
from meldkamer.desk.history import Purpose
from meldkamer.desk.reading_api import PURPOSE, At
from meldkamer.desk.rows import DrawingRow
from meldkamer.desk.services import Services
from meldkamer.domain.basics import Id, Region
from meldkamer.domain.drawing import Drawing, Said
from meldkamer.network import read_whole, subject_of


class DrawingDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A drawing with its words; null where there are none, or where they stay closed. removed: who took it away, and
    when. unreadable: compartments that stay closed to this reader."""

    drawing: DrawingRow
    text: str | None
    removed: Said | None
    unreadable: tuple[str, ...]


def add_drawing(api: Api, services: Services) -> None:
    """Register the operation."""

    @api.op("GET", "/api/drawings/{region}/{id}", needs=need("read"), problems=("not_found", "store_full"))
    async def drawing(
        request: Request, region: Region, id: Id, at: At | None = None, why: Purpose | None = None
    ) -> DrawingDetail:
        """One drawing, now or as it was, as far as this reader may see. Recorded as read when it has words."""
        session, ref = request.session, f"{region}/{id}"
        services.authority.may_see(session, region)
        then = await services.shown_at(at, why)
        viewer = viewer_of(session)
        whole = await read_whole(
            services.record, services.sealer, subject_of("drawing", ref), viewer.compartments, then.upto(region)
        )
        if whole is None:
            raise ProblemError("not_found", "drawing.unknown", params={"drawing": ref})
        state: Drawing = whole.state
        shown, closed = redact_drawing(state, viewer)
        if state.words:
            opened = () if closed else ("caller",)
            await services.read_log.record(
                session, ref, "drawing", opened, why or PURPOSE, refused=closed, origin=request.address
            )
        return DrawingDetail(
            drawing=then.rows.drawing(shown), text=shown.text, removed=shown.removed, unreadable=closed
        )
