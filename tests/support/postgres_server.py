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


@dataclass
class Server:
    """A server that runs. folder: of its socket. options: that it was started with."""

    programs: Path
    folder: Path
    options: tuple[str, ...]

    def __post_init__(self) -> None:
        self._child = self._started()

    @property
    def pid(self) -> int:
        """Of its first process."""
        return self._child.pid

    def kill(self) -> None:
        """Kill its first process, upon which the others end by themselves."""
        self._child.send_signal(signal.SIGKILL)
        self._child.wait()

    def start(self) -> None:
        """Start it again, as often as it takes until what a killed one left has ended."""
        self._child = self._started()

    def stop(self) -> None:
        # Fast: who is connected is sent away.
        self._child.send_signal(signal.SIGINT)
        self._child.wait(60)

    def _started(self) -> "subprocess.Popen[bytes]":
        while True:
            child = self._begun()
            if _answers(self, child):
                return child
            if "lock file" not in (said := (self.folder / "log").read_text("utf-8")) and "shared memory" not in said:
                raise RuntimeError(said)
            time.sleep(0.1)

    def _begun(self) -> "subprocess.Popen[bytes]":
        said = [f"-c{option}" for option in self.options]
        with (self.folder / "log").open("wb") as log:
            command = [str(self.programs / "postgres"), "-D", str(self.folder / "data"), *said]
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **_as_postgres(self.folder))

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
def server(*options: str, keep: Path | None = None) -> Iterator[Server]:
    """A server without a password, for as long as the block lasts. keep: where it lies, and stays; one that is there is used."""
    programs = newest_programs()
    # A socket's path has little room.
    folder = keep or Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    as_user = _as_postgres(folder)
    if not (folder / "data").is_dir():
        made = ("initdb", "--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
        command = [str(programs / made[0]), "--pgdata", str(folder / "data"), *made[1:]]
        subprocess.run(command, check=True, capture_output=True, cwd=folder, **as_user)
    # What a test server holds need survive no power cut.
    running = Server(programs, folder, ("listen_addresses=", f"unix_socket_directories={folder}", "fsync=off", *options))
    try:
        yield running
    finally:
        running.stop()
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def _as_postgres(folder: Path) -> dict[str, object]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _answers(running: Server, child: "subprocess.Popen[bytes]") -> bool:
    """Whether the server can be asked; False where its first process ended instead."""
    asked = [str(running.programs / "pg_isready"), "--host", str(running.folder), "--quiet"]
    while subprocess.run(asked, check=False).returncode != 0:
        if child.poll() is not None:
            return False
        time.sleep(0.05)
    return True
