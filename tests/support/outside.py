"""What a confined process that was taken over is pointed at."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "support"


MODULE = "tests.support.hostile_child"


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What each probe is pointed at: real files, real listeners, the real parent."""
    folder = tmp_path_factory.mktemp("outside")
    key = folder / "master.key"
    key.write_bytes(b"the key")
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX) as unix,
    ):
        udp.bind(("127.0.0.1", 0))
        unix.bind(str(folder / "socket"))
        unix.listen()
        parent = str(os.getpid())
        yield {
            **dict.fromkeys(("read", "overwrite", "remove", "link", "modes"), str(key)),
            "write": str(folder / "new"),
            "listing": str(folder),
            "tcp": f"127.0.0.1:{tcp.getsockname()[1]}",
            "udp": f"127.0.0.1:{udp.getsockname()[1]}",
            "unix": str(folder / "socket"),
            **dict.fromkeys(("ptrace", "memory_of", "environment_of", "kill", "kill_a_thread"), parent),
        }
