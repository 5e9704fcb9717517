"""One attention message with its words, for those whom it is for: read one at a time, and recorded as read."""

from __future__ import annotations

import msgspec

from meldkamer.access import Forbidden, need, redact_attention, viewer_of
from meldkamer.desk.contract import Api, ProblemError, Request
from meldkamer.desk.history import Purpose
from meldkamer.desk.reading_api import PURPOSE, At
from meldkamer.desk.rows import AttentionRow
from meldkamer.desk.services import Services
from meldkamer.domain.attention import Attention, Prolonged, Withdrawn
from meldkamer.domain.basics import Id, Region
from meldkamer.network import read_whole, subject_of


class AttentionDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A message with its words and the reasons for what was said of it later; null where they stay closed.

    unreadable: compartments that stay closed to this reader.
    """

    attention: AttentionRow
    text: str | None
    source: str | None
    prolonged: tuple[Prolonged, ...]
    withdrawn: Withdrawn | None
    unreadable: tuple[str, ...]


def add_attention(api: Api, services: Services) -> None:
    """Register the operation."""

    @api.op("GET", "/api/attentions/{region}/{id}", needs=need("read"), problems=("not_found", "store_full"))
    async def attention(
        request: Request, region: Region, id: Id, at: At | None = None, why: Purpose | None = None
    ) -> AttentionDetail:
        """One attention message, now or as it was, as far as this reader may see. Recorded as read."""
        session, ref = request.session, f"{region}/{id}"
        services.authority.may_see(session, region)
        then = await services.shown_at(at, why)
        viewer = viewer_of(session)
        whole = await read_whole(
            services.record, services.sealer, subject_of("attention", ref), viewer.compartments, then.upto(region)
        )
        if whole is None:
            raise ProblemError("not_found", "attention.unknown", params={"attention": ref})
        state: Attention = whole.state
        if state.scope == "room" and session.room not in (state.room, state.to_room):
            raise Forbidden(f"attention:{ref}")
        shown, closed = redact_attention(state, viewer)
        opened = () if closed else (state.compartment,)
        await services.read_log.record(
            session, ref, "attention", opened, why or PURPOSE, refused=closed, origin=request.address
        )
        return AttentionDetail(
            attention=then.rows.attention(shown),
            text=shown.text,
            source=shown.source,
            prolonged=shown.prolonged,
            withdrawn=shown.withdrawn,
            unreadable=closed,
        )
