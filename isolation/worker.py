"""One confined process, as whoever asks it sees it."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from isolation.channel import Closed, Kind, receive, send
from isolation.errors import Broke, Cause, Lost
from isolation.limits import Confinement, Layer
from isolation.seccomp import calls_filter

START_SECONDS = 120.0
_GLANCE_SECONDS = 0.05
_ROOT = Path(__file__).resolve().parents[1]
# What tells libraries how to use the machine, and nothing else: no keys, no tokens, no addresses.
_ENVIRONMENT = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OMP_NUM_THREADS", "TZ")


def bare_environment() -> dict[str, str]:
    """The variables that a process which meets strangers' bytes is started with."""
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    # As many processes run as there are cores: threads of a library's own would only wait for one another, and reserve memory.
    return {"PATH": os.defpath, "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1", **kept}


class Worker:
    """Answers jobs one after another. It is started at the first job and after every loss.

    entry: ``module:function`` (see `isolation.child`); shared: the bytes that all jobs share. Use as a context manager, or
    close it. One thread asks at a time; any may close it, which ends a job under way.
    """

    def __init__(self, entry: str, shared: bytes, confinement: Confinement, *, start_seconds: float = START_SECONDS) -> None:
        self._entry, self._shared, self._confinement = entry, shared, confinement
        self._start_seconds = start_seconds
        self._closed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self.layers: frozenset[Layer] = frozenset()
        self.jobs = 0
        """How many jobs the process that runs now has had."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Have the process ready before the first job. Raises Lost where it does not come up."""
        self._running()

    def ask(self, job: bytes, seconds: float) -> bytes:
        """The answer to one job. Raises Lost, after which the next job goes to a new process, and Broke."""
        channel = self._running()
        self.jobs += 1
        try:
            kind, said = self._exchange(channel, job, seconds)
        except Lost:
            self._stop()
            raise
        if kind is Kind.MEMORY:
            self._stop()
            raise self._too_large()
        if kind is Kind.BROKE:
            raise Broke(said.decode("utf-8", "replace"))
        if kind is not Kind.ANSWER:
            self._stop()
            raise Lost(Cause.CRASH, "it did not keep to the protocol")
        return said

    def yield_to_others(self) -> None:
        """Let the process stand back behind everybody else's work from now on."""
        pid = self.pid
        if pid is not None:
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, pid, 19)

    def close(self) -> None:
        """End the process, whatever it does. The worker is of no more use."""
        self._closed = True
        self._stop()

    def _exchange(self, channel: socket.socket, job: bytes, seconds: float) -> tuple[Kind, bytes]:
        deadline = time.monotonic() + seconds
        try:
            channel.settimeout(seconds)
            send(channel, Kind.JOB, job)
            self._await(channel, deadline, seconds)
            return receive(channel, self._confinement.answer, deadline)
        except TimeoutError:
            raise _too_slow(seconds) from None
        except (Closed, OSError):
            raise self._died() from None

    def _running(self) -> socket.socket:
        if self._closed:
            raise Lost(Cause.STOPPED, "it was stopped")
        if self._channel is not None:
            return self._channel
        self.jobs = 0
        ours, theirs = socket.socketpair()
        with theirs:
            process = self._process = _starter().submit(_started, theirs.fileno()).result()
        try:
            self._give(ours, process.pid)
        except Lost as lost:
            self._stop()
            ours.close()
            raise Lost(Cause.START, lost.words) from None
        if self._closed:
            self._stop()
            ours.close()
            raise Lost(Cause.STOPPED, "it was stopped")
        self._channel = ours
        return ours

    def _give(self, channel: socket.socket, pid: int) -> None:
        """Tell the new process what it is, and wait until it is ready. Another thread may end it meanwhile."""
        order = {
            "entry": self._entry,
            "readable": [str(path.absolute()) for path in self._confinement.readable],
            "memory": self._confinement.memory,
            "nice": self._confinement.nice,
        }
        deadline = time.monotonic() + self._start_seconds
        try:
            channel.settimeout(self._start_seconds)
            send(channel, Kind.START, json.dumps(order).encode())
            send(channel, Kind.START, calls_filter(pid))
            send(channel, Kind.START, self._shared)
            self._await(channel, deadline, self._start_seconds)
            kind, said = receive(channel, deadline=deadline)
        except TimeoutError:
            raise _too_slow(self._start_seconds) from None
        except (Closed, OSError):
            raise self._died() from None
        if kind is not Kind.READY:
            raise Lost(Cause.START, said.decode("utf-8", "replace").strip().rpartition("\n")[2])
        self.layers = frozenset(map(Layer, json.loads(said)))

    def _await(self, channel: socket.socket, deadline: float, seconds: float) -> None:
        """Until there is something to read. A process that holds too much memory is not waited for."""
        poll = select.poll()
        poll.register(channel, select.POLLIN)
        while not poll.poll(_GLANCE_SECONDS * 1000):
            if time.monotonic() > deadline:
                raise _too_slow(seconds)
            if _resident(self._process) > self._confinement.memory:
                raise self._too_large()

    def _stop(self) -> None:
        # Whoever waits for an answer stops it too, once the process is gone: each part is taken by one of them.
        process, self._process = self._process, None
        channel, self._channel = self._channel, None
        if process is not None:
            process.kill()
            process.wait()
        if channel is not None:
            channel.close()

    def _too_large(self) -> Lost:
        return Lost(Cause.MEMORY, f"it needed more than {self._confinement.memory >> 20:,} MiB of memory")

    def _died(self) -> Lost:
        if self._closed:
            return Lost(Cause.STOPPED, "it was stopped")
        process, code = self._process, None
        if process is not None:
            try:
                code = process.wait(5)
            except subprocess.TimeoutExpired:
                return Lost(Cause.CRASH, "it did not keep to the protocol")
        how = f"by signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"with exit code {code}"
        return Lost(Cause.CRASH, f"it crashed ({how})")


def _too_slow(seconds: float) -> Lost:
    return Lost(Cause.TIME, f"it took longer than {seconds:,.0f} s")


@cache
def _starter() -> ThreadPoolExecutor:
    """The one thread that starts processes: a process ends with the thread that started it, and this one lasts."""
    return ThreadPoolExecutor(1, "isolation")


def _started(descriptor: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "isolation.child", str(descriptor), str(os.getpid())]
    return subprocess.Popen(  # noqa: S603
        command,
        cwd=_ROOT,
        env=bare_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(descriptor,),
    )


def _resident(process: "subprocess.Popen[bytes] | None") -> int:
    """Bytes of memory that the process holds; 0 once it is gone, and where the system does not say."""
    if process is None:
        return 0
    try:
        pages = int(Path(f"/proc/{process.pid}/statm").read_text("ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
