"""Loads the product once and becomes, by fork, each program that tests ask for; see `programs`.

`python -m tests.forking FD`: FD is a socket on which each message is one program to start: JSON with its arguments,
folder and environment, and with it four file descriptors: its input, its output, its errors, and where to tell its
process id and, when it has ended, its exit status. Ends when the other side of the socket is closed.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import time
from typing import Any

LOADED = (
    "meldkamer.cli",
    "meldkamer.demonstration",
    "meldkamer.drill.run",
    "meldkamer.exercise.holding",
    "meldkamer.network.sites.commands",
    "meldkamer.record.jetstream",
    "meldkamer.record.jetstream_keys",
    "meldkamer.record.jetstream_source",
    "meldkamer.record.jetstream_transfer",
    "meldkamer.replaying",
    "meldkamer.room",
    "meldkamer.serve",
    "tests.network.cuttable",
    # What these load only when they begin to serve.
    "uvicorn.lifespan.off",
    "uvicorn.loops.asyncio",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.protocols.websockets.websockets_sansio_impl",
)
LARGEST = 200_000
"""Bytes of one message: arguments and an environment."""


def _make_once() -> None:
    """What the product makes at its first use and keeps for as long as a process lives."""
    from meldkamer.desk.pages import Pages
    from meldkamer.domain.registry import EVENT_TYPES
    from meldkamer.geo import RdTransform
    from meldkamer.geo.gazetteer import pack_part
    from meldkamer.pack import load_pack
    from meldkamer.record.sealing import sealed_fields
    from meldkamer.response import cards_of
    from meldkamer.room import STATIC

    pack, rd = load_pack(), RdTransform()
    pack_part(pack, rd).close()
    cards_of(pack, rd.to_rd)
    Pages(STATIC)
    for kind in EVENT_TYPES.values():
        sealed_fields(kind)


def serve(control: socket.socket) -> None:
    """Start programs until nobody asks any more; returns in each of these programs too, when it has ended."""
    woken, wake = socket.socketpair()
    woken.setblocking(False)
    wake.setblocking(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the tests, which end what they started
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake.fileno())
    running: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([control, woken], [], [])
        if woken in ready:
            woken.recv(4096)
        _tell_ended(running)
        if control not in ready:
            continue
        message, descriptors, _, _ = socket.recv_fds(control, LARGEST, 4)
        if not message:
            return
        *streams, report = descriptors
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            for one in (control, woken, wake):
                one.close()
            for other in (report, *running.values()):
                os.close(other)
            _become(json.loads(message), streams)
            return
        running[pid] = report
        _tell(report, pid)
        for descriptor in streams:
            os.close(descriptor)


def _tell_ended(running: dict[int, int]) -> None:
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        report = running.pop(pid)
        _tell(report, os.waitstatus_to_exitcode(status))
        os.close(report)


def _tell(report: int, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # nobody wants to know any more
        os.write(report, f"{number}\n".encode())


def _become(program: dict[str, Any], streams: list[int]) -> None:
    """Be what Python would be with these arguments, in this folder and environment."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(program["folder"])
    os.environ.clear()
    os.environ.update(program["environment"])
    time.tzset()
    arguments = program["arguments"]
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        sys.modules.pop(arguments[1], None)  # it begins anew; what it needs is there
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    for name in LOADED:
        importlib.import_module(name)
    _make_once()
    # What is loaded stays as it is: a program that tidies its memory does not copy all of it.
    gc.collect()
    gc.freeze()
    serve(socket.socket(fileno=int(sys.argv[1])))
