"""A PostgreSQL server of the tests' own: Debian's, in a folder that goes, on a socket there, stopped by its process id."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pytest

PROGRAMS = Path("/usr/lib/postgresql")
_NAMES = count(1)


def newest_programs() -> Path:
    """The folder of initdb and postgres; skips the test where there is none, unless CI=true."""
    found = sorted(PROGRAMS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    message = f"no PostgreSQL server is installed at {PROGRAMS}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@dataclass(frozen=True)
class Server:
    """A server that runs. folder: of its socket. pid: of its first process."""

    programs: Path
    folder: Path
    pid: int

    def begin(self, root: Path) -> None:
        """Make root a folder whose settings name an empty database, for a workspace to be made there."""
        root.mkdir(parents=True, exist_ok=True)
        (root / "semblance.toml").write_text(f'[database]\nurl = "{self.new_database()}"\n', encoding="utf-8")

    def new_database(self, *options: str) -> str:
        """The address of an empty database. options: of createdb, in place of those that the program asks for."""
        name = f"test_{os.getpid()}_{next(_NAMES)}"
        wanted = options or ("--template=template0", "--encoding=UTF8", "--locale=C")
        self.run("createdb", *wanted, name)
        return f"postgresql+psycopg://postgres@/{name}?host={quote(str(self.folder), safe='')}"

    def run(self, program: str, *words: str) -> str:
        """What one of PostgreSQL's programs says."""
        asked = [str(self.programs / program), "--host", str(self.folder), "--username", "postgres", *words]
        return subprocess.run(asked, check=True, capture_output=True, text=True).stdout


@contextmanager
def server(*options: str) -> Iterator[Server]:
    """A new server, without a password, for as long as the block lasts."""
    programs = newest_programs()
    # A socket's path has little room.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    as_user = _as_postgres(folder)
    data = folder / "data"
    made = [str(programs / "initdb"), "--pgdata", str(data), "--username", "postgres", "--auth", "trust", "--encoding", "UTF8"]
    subprocess.run([*made, "--locale", "C", "--no-sync"], check=True, capture_output=True, cwd=folder, **as_user)
    # What a test server holds need survive no power cut.
    said = [f"-c{option}" for option in ("listen_addresses=", f"unix_socket_directories={folder}", "fsync=off", *options)]
    log = (folder / "log").open("wb")
    child = subprocess.Popen([str(programs / "postgres"), "-D", str(data), *said], stdout=log, stderr=log, cwd=folder, **as_user)
    running = Server(programs, folder, child.pid)
    try:
        _wait(running, child)
        yield running
    finally:
        # Fast: who is connected is sent away.
        child.send_signal(signal.SIGINT)
        child.wait(60)
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


def _as_postgres(folder: Path) -> dict[str, object]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _wait(running: Server, child: "subprocess.Popen[bytes]") -> None:
    asked = [str(running.programs / "pg_isready"), "--host", str(running.folder), "--quiet"]
    while subprocess.run(asked, check=False).returncode != 0:
        if child.poll() is not None:
            raise RuntimeError((running.folder / "log").read_text("utf-8"))
        time.sleep(0.05)
