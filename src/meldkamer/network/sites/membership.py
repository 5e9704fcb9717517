"""The steps of `network join` and `network leave`, over servers that run. What may be done is in `joining`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from meldkamer.domain.clock import Clock
from meldkamer.network.sites.figures import answering_core
from meldkamer.network.sites.joining import (
    Newcomer,
    reasons_to_stay,
    reasons_to_wait,
    with_site,
    without_site,
    write_list,
)
from meldkamer.network.sites.link import Operator
from meldkamer.network.sites.owners import owners
from meldkamer.network.sites.parts import Parts, ask_report
from meldkamer.network.sites.processes import find_program
from meldkamer.network.sites.reloading import reload_servers, to_do
from meldkamer.network.sites.setting_up import open_folder, set_up
from meldkamer.network.sites.streams import make_streams
from meldkamer.network.sites.up import READY_SECONDS, Say


async def join(root: Path, newcomer: Newcomer, program: str, parts: Parts, clock: Clock, say: Say) -> bool:
    """Let a site in. False: not now, and why was said. Raises NetworkError."""
    network, keys = open_folder(root, clock)
    wider, site = with_site(network, newcomer), newcomer.site
    if against := reasons_to_wait(await ask_report(program, network, keys, parts, clock)):
        say(f"{site.code} must not join now: {'; '.join(against)}")
        return False
    write_list(root, wider)
    for line in set_up(root, wider, parts.plan(wider), clock).told(root):
        say(line)
    operator, plan = Operator(keys, parts.dial), parts.plan(wider)
    elsewhere = await reload_servers(find_program(program), wider, keys, operator, clock, say)
    core = await answering_core(operator, wider, clock)
    say(f"core: {await make_streams(operator, core, plan, clock, READY_SECONDS)} streams")
    if left := to_do([server for server in elsewhere if server.site.code != site.code]):
        say(left)
    if new := sorted(set(wider.regions) - set(network.regions)):
        say(
            f"{', '.join(new)}: new; when every core server has reloaded, restart the room servers one by one, run "
            "`network streams`, and then restart the applications: only then do they follow it"
        )
    say(
        f"bring {keys.site(site.code)} to the site and start its servers there; then `network streams {root}"
        f" --site {site.code}`, and start its application. The others know its keys without a restart"
    )
    return True


async def leave(
    root: Path,
    code: str,
    homes: Mapping[str, str],
    brought: bool,
    program: str,
    parts: Parts,
    clock: Clock,
    say: Say,
) -> bool:
    """Let a site out. homes, brought: see `joining`. False: not now, and why was said. Raises NetworkError."""
    network, keys = open_folder(root, clock)
    smaller, site = without_site(network, code, homes), network.site(code)
    operator = Operator(keys, parts.dial)
    report = await ask_report(program, network, keys, parts, clock)
    against = reasons_to_wait(report)
    if not against:
        async with operator.call(await answering_core(operator, network, clock)) as line:
            owned = await owners(line, parts.plan(network), parts.entry)
        against = reasons_to_stay(report, site, owned, keys.site(code), brought)
    if against:
        say(f"{code} must not leave now: {'; '.join(against)}")
        return False
    if (keys.site(code) / "app.pem").exists():  # not so when this was broken off before
        keys.revoke(site)
    write_list(root, smaller)
    for text in set_up(root, smaller, parts.plan(smaller), clock).told(root):
        say(text)
    if left := to_do(await reload_servers(find_program(program), smaller, keys, operator, clock, say)):
        say(left)
    say(f"{code} is out of the network, and its keys are taken back; stop its room server")
    return True
