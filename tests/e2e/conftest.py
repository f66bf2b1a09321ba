"""One run of the demonstration for all tests that look at what it made, and a browser to look with."""

import os
import shutil
from pathlib import Path

import pytest

from tests.support.command_desk import Desk
from tests.support.demonstration import Ran, run_demo
from tests.support.watched_site import SETTINGS


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, open_pack: Path) -> Ran:
    folder = tmp_path_factory.mktemp("demo")
    return run_demo(folder / "out", folder / "tmp")


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail("chromium is not installed")
    pytest.skip("chromium is not installed")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    desk = Desk(tmp_path / "work", monkeypatch, capsys)
    desk.run("init")
    (desk.root / "semblance.toml").write_text(SETTINGS, encoding="utf-8")
    return desk
