"""Who owns which function, as the record itself has it: the newest fence of each, read from the core."""

from __future__ import annotations

import base64
from collections.abc import Callable

import msgspec

from meldkamer.domain.function import FunctionOwned
from meldkamer.network.sites.link import ANSWER_SECONDS, Line
from meldkamer.network.sites.model import NetworkError
from meldkamer.network.sites.streams import Plan
from meldkamer.record import Entry

ReadEntry = Callable[[str, int, str, bytes], Entry]
"""The entry in a message: region, sequence, subject, payload. Raises RecordError for what is none."""

_DECODE = msgspec.msgpack.Decoder(FunctionOwned).decode


async def owners(line: Line, plan: Plan, read: ReadEntry) -> dict[str, str]:
    """Function -> room. Raises RecordError; NetworkError for a fence that cannot be read."""
    found: dict[str, str] = {}
    for region in plan.regions:
        stream = plan.stream(region)
        question = msgspec.json.encode({"subjects_filter": "fence.>"})
        told = await line.request(f"$JS.API.STREAM.INFO.{stream}", question, ANSWER_SECONDS)
        if "error" in told:
            raise NetworkError(f"{stream}: {told['error'].get('description')}")
        for subject in told["state"].get("subjects") or {}:
            newest = msgspec.json.encode({"last_by_subj": subject})
            answer = await line.request(f"$JS.API.STREAM.MSG.GET.{stream}", newest, ANSWER_SECONDS)
            if "error" in answer:
                raise NetworkError(f"{stream} {subject}: {answer['error'].get('description')}")
            message = answer["message"]
            entry = read(region, int(message["seq"]), subject, base64.b64decode(message["data"]))
            try:
                owned = _DECODE(entry.event.body)
            except msgspec.MsgspecError as error:
                raise NetworkError(f"{stream} {subject}: not a fence: {error}") from None
            found[owned.function] = owned.owner
    return found
