"""Commands of one workspace as they are typed, within this process."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from monitor.cli.main import main


@dataclass(frozen=True)
class Done:
    stdout: str
    stderr: str


class Desk:
    """Runs the command in one workspace, in this process: loading the libraries anew each time would take most of the time."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def run(self, *arguments: str | Path, code: int = 0) -> Done:
        self._capsys.readouterr()
        self._monkeypatch.setattr(sys, "argv", ["semblance", "-w", str(self.root), *map(str, arguments)])
        ended = main()
        done = Done(*self._capsys.readouterr())
        assert ended == code, (arguments, done)
        return done

    def json(self, *arguments: str | Path, code: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", code=code).stdout)
