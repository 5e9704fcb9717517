"""Programs of the product in processes of their own, without each of them loading the same modules first.

Loading the product costs most of a second of a processor, and tests start hundreds of programs. So each process that
runs tests has one beside it that loads the product once and forks (`forking`). What a test gets is a process like any
other: its own arguments, folder, environment and pipes, its own files and connections, and it can be signalled and
killed. What begins with an empty Python is proved by the tests of the drill, of the first desk and of the wheel.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

ROOT = Path(__file__).parents[1]
PIPE, DEVNULL = subprocess.PIPE, subprocess.DEVNULL
START_SECONDS = 60.0
"""For loading the product, on a machine that has much else to do."""

Stream = int | IO[Any] | None
"""As `subprocess` has it: PIPE, DEVNULL, an open file, or None for that of the tests."""


class Program:
    """A program that runs: the part of `subprocess.Popen` that tests use. Pipes carry text in UTF-8.

    arguments: what would follow `python` on the command line: `-m` and a module, or a script, and its own.
    """

    def __init__(
        self,
        arguments: Iterable[str | Path],
        *,
        stdin: Stream = None,
        stdout: Stream = None,
        stderr: Stream = None,
        folder: Path | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.arguments = [str(word) for word in arguments]
        self.returncode: int | None = None
        self.stdin: IO[str] | None = None
        self.stdout: IO[str] | None = None
        self.stderr: IO[str] | None = None
        self._waiting = threading.Lock()
        with contextlib.ExitStack() as theirs:
            given = []
            for name, stream, mode in (("stdin", stdin, "w"), ("stdout", stdout, "r"), ("stderr", stderr, "r")):
                if stream == PIPE:
                    ends = os.pipe()
                    own, their = ends[::-1] if mode == "w" else ends
                    setattr(self, name, os.fdopen(own, mode, encoding="utf-8"))
                    theirs.callback(os.close, their)
                elif stream == DEVNULL:
                    their = os.open(os.devnull, os.O_RDWR)
                    theirs.callback(os.close, their)
                elif stream is None:
                    their = ("stdin", "stdout", "stderr").index(name)
                else:
                    their = stream if isinstance(stream, int) else stream.fileno()
                given.append(their)
            self._report, told = os.pipe()
            theirs.callback(os.close, told)
            message = {
                "arguments": self.arguments,
                "folder": str(folder or Path.cwd()),
                "environment": dict(os.environ if environment is None else environment),
            }
            _forker.start(json.dumps(message).encode(), [*given, told])
        number = self._number(START_SECONDS)
        assert number is not None, f"{self.arguments}: was not started"
        self.pid = number

    def _number(self, seconds: float | None) -> int | None:
        """The next number that is told of it; None when there is none in this time."""
        if not select.select([self._report], [], [], seconds)[0]:
            return None
        line = b""
        while not line.endswith(b"\n"):
            byte = os.read(self._report, 1)
            assert byte, f"{self.arguments}: whoever starts programs has ended"
            line += byte
        return int(line)

    def poll(self) -> int | None:
        """Its exit code, less than 0 for a signal, or None while it runs."""
        with self._waiting:
            return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises subprocess.TimeoutExpired."""
        with self._waiting:
            code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.arguments, timeout or 0.0)
        return code

    def _ended(self, seconds: float | None) -> int | None:
        if self.returncode is None and (code := self._number(seconds)) is not None:
            self.returncode = code
            os.close(self._report)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Nothing happens when it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, given: str = "", timeout: float = 100.0) -> tuple[str, str]:
        """Give it this, take what it says until its end, and wait for that. Raises subprocess.TimeoutExpired."""
        said = ["", ""]

        def take(number: int, pipe: IO[str]) -> None:
            said[number] = pipe.read()

        pipes = [(number, pipe) for number, pipe in enumerate((self.stdout, self.stderr)) if pipe is not None]
        readers = [threading.Thread(target=take, args=one, daemon=True) for one in pipes]
        for reader in readers:
            reader.start()
        if self.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.stdin.write(given)
            with contextlib.suppress(BrokenPipeError):
                self.stdin.close()
        end = time.monotonic() + timeout
        try:
            self.wait(timeout)
            for reader in readers:
                reader.join(max(0.0, end - time.monotonic()))
        finally:
            self.kill()
        for _, pipe in pipes:
            pipe.close()
        return said[0], said[1]

    def __enter__(self) -> Program:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for pipe in (self.stdin, self.stdout, self.stderr):
            if pipe is not None:
                pipe.close()
        self.wait()


def run(
    arguments: Iterable[str | Path], given: str = "", timeout: float = 100.0, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end. Raises subprocess.TimeoutExpired, and then it is killed."""
    program = Program(arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, folder=folder)
    said, wrong = program.communicate(given, timeout)
    return subprocess.CompletedProcess(program.arguments, program.wait(), said, wrong)


class _Forker:
    """The process that forks, started at the first program and ended with this one."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._socket: socket.socket | None = None

    def start(self, message: bytes, descriptors: Sequence[int]) -> None:
        with self._turn:
            if self._socket is None:
                self._socket = self._begin()
            socket.send_fds(self._socket, [message], descriptors)

    def _begin(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        path = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
        # No threads of a library for arithmetic: a fork takes only the one that asks for it.
        environment = {**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.forking", str(theirs.fileno())],
            stdin=DEVNULL,
            stdout=DEVNULL,
            pass_fds=[theirs.fileno()],
            cwd=ROOT,
            env=environment,
        )
        theirs.close()

        def end() -> None:
            ours.close()
            process.wait(10)

        atexit.register(end)
        return ours


_forker = _Forker()
