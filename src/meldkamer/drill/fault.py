"""A kind of fault: how its target is drawn, and what is done to it."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from meldkamer.drill.rows import Row
from meldkamer.drill.stage import Stage

Draw = Callable[[Stage, random.Random], Awaitable[str]]
"""Gives the target of a fault: a site, or a server. Raises NotSeen, NetworkError when there is none now."""
Do = Callable[[Stage, Row], Awaitable[None]]
"""Does it to the row's target, and notes in the row what was seen. Raises NotSeen, NetworkError."""


class Fault(msgspec.Struct, frozen=True):
    """One kind. text: what happens, for people. limits: where this kind is allowed other ones than the usual. needs:
    why it cannot be tried with a stage like this ('' when it can)."""

    name: str
    text: str
    draw: Draw
    do: Do
    limits: Mapping[str, float] = {}
    needs: Callable[[Stage], str] = lambda stage: ""


async def a_site(stage: Stage, rng: random.Random) -> str:
    """Any site."""
    return rng.choice([site.code for site in stage.network.sites])


async def everything(stage: Stage, rng: random.Random) -> str:
    """No one target: the whole network."""
    return "all"


async def a_site_with_core(stage: Stage, rng: random.Random) -> str:
    """A site at which a core server stands."""
    return rng.choice([site.code for site in stage.network.cores])


async def a_leader(stage: Stage, rng: random.Random) -> str:
    """The core server that leads the stream of some region."""
    return (await stage.leader(rng.choice([work.region for work in stage.works]))).name


def several_cores(stage: Stage) -> str:
    """A single core server has no others that could go on."""
    return "" if len(stage.network.cores) > 1 else "needs three core servers or more"
