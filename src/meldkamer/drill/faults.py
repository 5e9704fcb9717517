"""Every kind of fault, the order of a run, and what is not tried here, with its reason."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from meldkamer.drill.fault import Fault
from meldkamer.drill.fault_host import HOST_FAULTS
from meldkamer.drill.fault_link import LINK_FAULTS
from meldkamer.drill.fault_power import POWER_FAULTS
from meldkamer.drill.fault_process import PROCESS_FAULTS
from meldkamer.drill.rows import Skipped

FAULTS: dict[str, Fault] = {fault.name: fault for fault in (*PROCESS_FAULTS, *LINK_FAULTS, *HOST_FAULTS, *POWER_FAULTS)}

ELSEWHERE: Sequence[Skipped] = (
    Skipped("slow-disk", "needs root and a device mapper, to make every fsync take 200 ms"),
)
"""What a drill does not do, on any machine."""


class UnknownFault(Exception):
    """A name that is none of ours."""


def chosen(names: str) -> list[Fault]:
    """The faults in a list like `kill-app,term-core`; '' or `all`: every one. Raises UnknownFault."""
    if names in ("", "all"):
        return list(FAULTS.values())
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if unknown := [name for name in wanted if name not in FAULTS]:
        raise UnknownFault(f"{', '.join(unknown)}: no such fault; there are {', '.join(FAULTS)}")
    return [FAULTS[name] for name in dict.fromkeys(wanted)]


def schedule(faults: Sequence[Fault], rng: random.Random) -> Iterator[Fault]:
    """Each once in a drawn order, then each again in another, for ever."""
    while faults:
        order = list(faults)
        rng.shuffle(order)
        yield from order
