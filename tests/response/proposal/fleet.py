"""Units and needs for the tests of the proposal."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from meldkamer.response.proposal import Contender
from meldkamer.response.runcards import Accept, Need, Slot

KINDS = {"TS": (("fire",), 6), "TS4": (("fire",), 4), "RV": (("height",), 2), "OVD-B": (("command",), 1)}


def unit(sign: str, seconds: int = 60, kind: str = "TS", **more: Any) -> Contender:
    capabilities, crew = KINDS[kind]
    fields: dict[str, Any] = {
        "unit": f"RT/{sign}", "call_sign": sign, "discipline": "B", "kind": kind, "capabilities": capabilities,
        "crew": crew, "status": "kz", "meaning": "standby", "free": True, "travel": 1000 * seconds, "turnout": 0,
        "metres": 10 * seconds, "source": "straight line", "x": float(10 * seconds), "y": 0.0, "position_age": 5,
        "at_base": False, "function": "RT.B.dispatch", "owner": "RT", "consent": "own",
    }  # fmt: skip
    return Contender(**{**fields, **more})


ENGINE = Slot("TS", (Accept("TS", ("TS", "TS4")),))
SIX = Slot("TS-6", (Accept("TS-6", ("TS", "TS4"), crew=6),))
LADDER = Slot("RV", (Accept("RV", ("RV",)), Accept("TS", ("TS",), after=100)))
OFFICER = Slot("OvD", (Accept("OvD", (), ("command",)),), optional=True)


def need(*slots: Slot, **more: Any) -> Need:
    return Need(discipline="B", slots=slots, **more)


needs = st.lists(st.sampled_from([ENGINE, SIX, LADDER, OFFICER]), min_size=0, max_size=5).map(lambda s: need(*s))


@st.composite
def fleets(draw: st.DrawFn, most: int = 9) -> list[Contender]:
    found = []
    for n in range(draw(st.integers(0, most))):
        free = draw(st.booleans())
        found.append(
            unit(
                f"{n:04d}",
                draw(st.integers(0, 2_000)),
                draw(st.sampled_from(sorted(KINDS))),
                free=free,
                meaning="standby" if free else "on_scene",
                consent=draw(st.sampled_from(["own", "own", "agreed", "ask", "nobody"])),
                divert_from="" if free else draw(st.sampled_from(["", "RT-9"])),
                position_age=draw(st.none() | st.integers(0, 4_000)),
                at_base=draw(st.booleans()),
                rest=draw(st.sampled_from([0, 0, 90])),
                cover=draw(st.sampled_from([0, 0, 40, 300])),
            )
        )
    return found
