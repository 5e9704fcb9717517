"""Child processes that end when we do: by a signal when we close, by the kernel when we are killed."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import shutil
import signal
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import msgspec

from meldkamer.network.sites.model import NetworkError

STOP_SECONDS = 15.0
"""A server hands over what it leads and writes what it has before it ends; one that takes longer is killed."""
SERVER_PROGRAM = "nats-server"
_PR_SET_PDEATHSIG = 1


class Job(msgspec.Struct, frozen=True):
    """What to run: its name, the command, the folder to run it in, and the file that gets what it says."""

    name: str
    command: tuple[str, ...]
    folder: Path
    log: Path


class Processes:
    """Runs jobs. `ended(name, code)` is called when one stops by itself or is stopped by somebody else."""

    def __init__(self, ended: Callable[[str, int], None]) -> None:
        self._ended = ended
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._watches: set[asyncio.Task[None]] = set()
        self._closing = False

    def pids(self) -> dict[str, int]:
        """The processes that run now."""
        return {name: process.pid for name, process in self._running.items()}

    async def start(self, job: Job) -> None:
        """Start one. Raises NetworkError when the program cannot be started at all."""
        parent = os.getpid()

        def die_with_parent() -> None:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
            if os.getppid() != parent:  # it was gone before the kernel knew our wish
                os._exit(1)

        libc = ctypes.CDLL(None, use_errno=True)
        fd = os.open(job.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            process = await asyncio.create_subprocess_exec(
                *job.command,
                cwd=job.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=fd,
                stderr=fd,
                start_new_session=True,  # Ctrl+C reaches us, and we stop the others in order
                preexec_fn=die_with_parent if sys.platform == "linux" else None,
            )
        except OSError as error:
            raise NetworkError(f"{job.command[0]}: {error.strerror}") from None
        finally:
            os.close(fd)
        self._running[job.name] = process
        watch = asyncio.create_task(self._watch(job.name, process), name=f"watch {job.name}")
        self._watches.add(watch)
        watch.add_done_callback(self._watches.discard)

    def signal(self, sign: signal.Signals, only: Collection[str] | None = None) -> None:
        """Send every process (or those of these names) a signal, such as SIGHUP to read its configuration again."""
        for name, process in self._running.items():
            if only is None or name in only:
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(sign)

    async def close(self) -> None:
        """Stop them all and wait until each is gone."""
        self._closing = True
        processes = list(self._running.values())
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        if processes:
            waits = [asyncio.create_task(process.wait()) for process in processes]
            await asyncio.wait(waits, timeout=STOP_SECONDS)
            self.signal(signal.SIGKILL)
            await asyncio.wait(waits)
        if self._watches:
            await asyncio.wait(self._watches)

    async def _watch(self, name: str, process: asyncio.subprocess.Process) -> None:
        code = await process.wait()
        if self._running.get(name) is process:
            del self._running[name]
        if not self._closing:
            self._ended(name, code)


def find_program(given: str) -> str:
    """The server program: what was given, or the one installed with this program, or the one on the path.

    Raises NetworkError with what to do.
    """
    beside = Path(sys.executable).with_name(SERVER_PROGRAM)
    found = shutil.which(given) if given else (str(beside) if beside.exists() else shutil.which(SERVER_PROGRAM))
    if not found:
        raise NetworkError(
            f"{given or SERVER_PROGRAM}: no such program. Install `meldkamer[network]`, or name your own with --server"
        )
    return str(Path(found).resolve())


def command(program: str, kind: str) -> Sequence[str]:
    """How a site's server is started, in the site's folder."""
    return (program, "--config", f"{kind}.conf")
