"""Commands as processes of their own."""

import subprocess
import sys
from pathlib import Path

from registry.errors import ExitCode

ROOT = Path(__file__).resolve().parents[2]


def semblance(*arguments: str | Path, check: int | None = 0) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "monitor.cli.main", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if check is not None:
        assert done.returncode == check, done.stderr
    return done


PASSWORD = "correct horse battery"


SILENT = ("Traceback", "SQL", "INSERT", "SELECT", "PRAGMA", "scrypt", "sqlalche.me", PASSWORD)


def started(root: Path, *words: str, typed: str = "") -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "monitor.cli.main", "-w", str(root), *words]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, cwd=ROOT, text=True, **pipes)
    assert process.stdin is not None
    process.stdin.write(typed)
    process.stdin.close()
    process.stdin = None
    return process


def ended(process: "subprocess.Popen[str]", code: ExitCode, said: str, *silent: str) -> None:
    out, error = process.communicate()
    assert process.returncode == code, (out, error)
    assert said in error
    # A prompt for a password may come before.
    assert code == ExitCode.DONE or error.splitlines()[-2].startswith("semblance: "), error
    assert [word for word in (*SILENT, *silent) if word in out + error] == []
