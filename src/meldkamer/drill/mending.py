"""After each fault the network is made whole: what ended is started, functions go home, the unknown is asked again."""

from __future__ import annotations

import asyncio
import signal

from meldkamer.drill.looking import NotSeen, has, safe_again
from meldkamer.drill.stage import WHOLE_SECONDS, Stage
from meldkamer.drill.witness import Served
from meldkamer.network.sites.figures import Figures

LOOK_SECONDS = 0.5


async def mend(stage: Stage) -> float:
    """Make everything whole. Returns the slowest hand-back of a function (seconds), 0 when none was away.

    Raises NotSeen for what does not come back, NetworkError for a process that does not start.
    """
    stage.wiring.heal()
    names = stage.all_names()
    stage.tell(signal.SIGCONT, *names)
    servers = [server.name for server in stage.network.servers()]
    await stage.start(*servers)
    await core_whole(stage)
    await stage.start(*names)
    if not await stage.until(lambda: all(w.watching for w in stage.witnesses.values()), WHOLE_SECONDS):
        silent = [site for site, witness in stage.witnesses.items() if not witness.watching]
        raise NotSeen(f"applications do not answer: {', '.join(silent)}")
    await _back_at_work(stage)
    await safe_again(stage, list(stage.probes.values()), stage.clock.monotonic())
    await ask_again(stage)
    for served in away(stage)[:1]:
        why = f"{served.ground} {served.reason}".strip()
        stage.note(f"           {len(away(stage))} functions are away: {served.name} at {served.owner} ({why}), …")
    return await hand_back(stage)


async def core_whole(stage: Stage) -> None:
    """Wait until every server answers and every stream of the core has a leader and all its copies. Raises NotSeen."""
    end = stage.clock.monotonic() + WHOLE_SECONDS
    while wrong := _wrong(stage, await stage.figures()):
        if stage.clock.monotonic() > end:
            raise NotSeen(f"not whole within {WHOLE_SECONDS:g} s: {', '.join(wrong[:4])}")
        await stage.clock.wait(LOOK_SECONDS)


def _wrong(stage: Stage, figures: dict[str, Figures]) -> list[str]:
    found = [server.name for server in stage.network.servers() if server.name not in figures]
    led = {
        stream.name
        for figure in figures.values()
        for stream in figure.streams
        if stream.leader == figure.server
        and len(stream.replicas) == len(stage.network.cores) - 1
        and all(replica.current and not replica.offline for replica in stream.replicas)
    }
    return found + [name for name in stage.plan.names if name not in led and len(stage.network.cores) > 1]


async def _back_at_work(stage: Stage) -> None:
    """Every room that takes part is up, and says so; one that a person gave up is taken back by a person."""
    desk = next(iter(stage.desks.values()))
    end = stage.clock.monotonic() + WHOLE_SECONDS
    while True:
        picture = await desk.client.get("/api/picture", regions="NL")
        states = {row["room"]: row["state"] for row in picture["rooms"] if row["room"] in stage.desks}
        if all(state == "up" for state in states.values()):
            return
        for room, state in states.items():
            if state == "down":
                await stage.desks[room].command({"type": "declare_room_up", "room": room}, "NL")
        if stage.clock.monotonic() > end:
            raise NotSeen(f"rooms not at work again: {states}")
        await stage.clock.wait(LOOK_SECONDS)


async def ask_again(stage: Stage) -> None:
    """Send what is unknown once more, until nothing is, or nothing changes any more."""
    for _ in range(3):
        if not sum(await asyncio.gather(*(desk.ask_again() for desk in stage.desks.values()))):
            return


async def hand_back(stage: Stage) -> float:
    """Let every function go home, by two rooms' consent. Returns the slowest one's time. Raises NotSeen."""
    slowest = 0.0
    for served in away(stage):
        slowest = max(slowest, await move(stage, served, served.home))
    return slowest


def away(stage: Stage) -> list[Served]:
    """The functions that are not served where they are at home, though that room takes part."""
    known = next(iter(stage.witnesses.values())).functions.values()
    return [s for s in known if s.home in stage.desks and s.owner in stage.desks and s.owner != s.home]


async def move(stage: Stage, served: Served, to: str) -> float:
    """Move a function by consent of both sides. Returns seconds from the consent until the receiving room has it."""
    region = served.name.partition(".")[0]
    proposing, agreeing = stage.desks[to], stage.desks[served.owner]
    proposal = {"type": "propose_transfer", "function": served.name, "to": to, "reason": "drill"}
    act = await proposing.command(proposal, region)
    if not act.acknowledged:
        raise NotSeen(f"{to} could not ask for {served.name}: {act.why}")
    if not await stage.witness(served.owner).until(lambda f: f[served.name].proposal is not None, WHOLE_SECONDS):
        raise NotSeen(f"{served.owner} was not told that {to} asks for {served.name}")
    since = stage.clock.monotonic()
    act = await agreeing.command({"type": "answer_transfer", "function": served.name, "agree": True}, region)
    if not act.acknowledged:
        raise NotSeen(f"{served.owner} could not hand over {served.name}: {act.why}")
    return await has(stage.witness(to), served.name, to, since, stage)


def missing(stage: Stage, *ended: str) -> list[str]:
    """Processes that have ended though nobody ended them."""
    return [name for name in stage.all_names() if name not in ended and not stage.running(name)]
