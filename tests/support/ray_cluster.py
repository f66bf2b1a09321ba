"""A cluster of Ray of the tests' own: on this machine, in a folder that goes, its processes ended by their ids."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

RAY = Path(sys.executable).with_name("ray")
_STORE = 80 << 20
_TRIES = 10


@dataclass
class Cluster:
    """A cluster that runs. folder: the home of whoever runs it, with what Ray keeps."""

    folder: Path
    port: int
    nodes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def token_file(self) -> Path:
        """Where Ray itself looks for the token."""
        return self.folder / ".ray" / "auth_token"

    @property
    def session(self) -> Path:
        """The folder with Ray's logs, its sockets and what it spills."""
        return (self.folder / "ray" / "session_latest").resolve()

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        """One machine more, as `ray start` with these words makes it, once it takes part."""
        kept = (f"--temp-dir={self.folder / 'ray'}",) if "--head" in words else ()
        # Each machine has an address of its own, as Ray wants it, and none leaves this one.
        own = f"--node-ip-address=127.0.0.{len(self.nodes) + 1}"
        command = [
            str(RAY),
            "start",
            "--block",
            "--include-log-monitor=false",
            f"--object-store-memory={_STORE}",
            own,
            *kept,
            *words,
        ]
        for _ in range(_TRIES):
            path = self.folder / f"node-{len(self.nodes)}.log"
            with path.open("wb") as log:
                node = subprocess.Popen(
                    command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                )
            self.nodes.append(node)
            while b"Ray runtime started" not in path.read_bytes() and node.poll() is None:
                time.sleep(0.1)
            if node.poll() is None:
                return node
            # On a busy machine it may take longer to come up than the half minute that Ray waits.
            end(self.nodes.pop())
            assert b"timed out during startup" in path.read_bytes(), path.read_text()
        raise TimeoutError("Ray does not come up: the machine is too busy")

    @property
    def environment(self) -> dict[str, str]:
        """None of the tests' own variables: a worker is to need none of them."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return kept | {"HOME": str(self.folder), "RAY_AUTH_MODE": "token"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def cluster(cores: int = 2) -> Iterator[Cluster]:
    """A cluster of one machine with so many cores, for as long as the block lasts."""
    with no_machine_yet() as running:
        running.token_file.parent.mkdir()
        running.token_file.write_text(secrets.token_hex(32), "ascii")
        running.token_file.chmod(0o600)
        quiet = ("--include-dashboard=false", "--disable-usage-stats")
        running.start("--head", f"--port={running.port}", *quiet, f"--num-cpus={cores}")
        yield running


@contextmanager
def no_machine_yet() -> Iterator[Cluster]:
    """A cluster without a machine and without a token; what is started in it ends with the block."""
    # A socket's path has little room.
    running = Cluster(Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp")), free_port())
    try:
        yield running
    finally:
        for node in reversed(running.nodes):
            end(node)
        shutil.rmtree(running.folder, ignore_errors=True)


def end(node: "subprocess.Popen[bytes]") -> None:
    """End a machine with all that it started: they are a session of their own, and leave it by no means."""
    while left := members(node):
        for pid in left:
            _kill(pid)
        node.poll()
        time.sleep(0.05)
    node.wait()


def members(node: "subprocess.Popen[bytes]") -> list[int]:
    """The processes of a machine."""
    return [pid for pid in _processes() if _session_of(pid) == node.pid]


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]


def _session_of(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[3]) if fields[0] != "Z" else 0


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
