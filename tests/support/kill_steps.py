"""Work that is killed before a chosen step of it: a file opened to be written, moved or removed, a statement, a commit, a line to
a mail server."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Runs each job as a fork of a process that has loaded everything, and kills it there: by a count of what it does, not by a clock.
LAUNCHER = """
import json, os, signal, sys
from pathlib import Path
from sqlalchemy import Engine, event
import monitor.cli.main, monitor.retention, reports.issuing, reports.render.weekly
from monitor.workspace import open_workspace
from tests.support.rosters import take_in
from tests.support.warm import forked

CHANGES = {"smtplib.connect", "smtplib.send"}
CHANGES |= {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link", "os.truncate", "os.chmod"}
def watch(last):
    done = [0]
    def step(*_):
        done[0] += 1
        if done[0] == last:
            os.kill(os.getpid(), signal.SIGKILL)
    def hook(name, arguments):
        # What is written nowhere is no step: some modules ask for it as they are loaded.
        written = name == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if name in CHANGES or (written and arguments[0] != os.devnull):
            step()
    def statement(_connection, _cursor, text, *_):
        if not text.lstrip().upper().startswith("SELECT"):
            step()
    sys.addaudithook(hook)
    event.listen(Engine, "before_cursor_execute", statement)
    event.listen(Engine, "commit", step)
    return done

def work(root, words):
    if words[0] != "import":
        sys.argv = ["semblance", "-w", root, *words]
        return monitor.cli.main.main()
    with open_workspace(Path(root)) as workspace:
        take_in(workspace, Path(words[1]), Path(words[2]))
    return 0

def do(job):
    out = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    done = watch(job["last"])
    code = work(job["root"], job["words"])
    os.write(out, (json.dumps(done[0]) + chr(10)).encode())
    return code

for line in sys.stdin:
    job = json.loads(line)
    print(json.dumps(forked(lambda: do(job))), flush=True)
"""


class Launcher:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def steps(self, root: Path, *words: str | Path) -> int:
        """Do the work undisturbed; says how many steps it took."""
        first = self._ask(root, words, 0)
        assert json.loads(self._line()) == 0
        return first

    def kill(self, root: Path, *words: str | Path, last: int) -> bool:
        """Kill the work before that step; False where it came to its end first."""
        first = self._ask(root, words, last)
        if first == -signal.SIGKILL:
            return True
        assert json.loads(self._line()) == 0
        return False

    def _ask(self, root: Path, words: tuple[str | Path, ...], last: int) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"root": str(root), "words": list(map(str, words)), "last": last}) + "\n")
        self._process.stdin.flush()
        said: int = json.loads(self._line())
        return said

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@contextmanager
def launcher(temporary: Path) -> Iterator[Launcher]:
    """temporary: what the work takes for the system's folder of temporary files."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen([sys.executable, "-c", LAUNCHER], cwd=ROOT, env=environment, **pipes) as process:
        yield Launcher(process)
