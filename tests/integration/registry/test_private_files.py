"""Whatever the umask, what Semblance makes is its owner's alone; what a user made outside keeps its mode."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.fetch.base import Exchange
from crawler.fetch.resume import KEEP_FROM, PartFile
from monitor.roster.outcomes import OutcomeFile
from monitor.workspace import init_workspace, open_workspace
from registry.private import make_file, make_folder, put, tighten
from tests.support.documents_desk import prepare_at
from tests.support.loopback_site import Site
from tests.support.rosters import people, take_in, union_workspace, write_csv

ROOT = Path(__file__).resolve().parents[3]
UMASKS = (0o000, 0o022, 0o177, 0o777)


def open_to_others(*places: Path) -> dict[str, str]:
    """What others have any right to, at any depth, with its mode."""
    every = {path for place in places for path in (place, *place.rglob("*")) if not path.is_symlink()}
    modes = {str(path): stat.S_IMODE(path.stat().st_mode) for path in every}
    return {path: oct(mode) for path, mode in modes.items() if mode & 0o077}


def not_ours(*places: Path) -> dict[str, str]:
    """What its owner could not read, or enter."""
    every = {path for place in places for path in (place, *place.rglob("*"))}
    wanted = {path: 0o700 if path.is_dir() else 0o400 for path in every}
    return {str(path): oct(path.stat().st_mode) for path, mode in wanted.items() if path.stat().st_mode & mode != mode}


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.local("of the database's file")
@pytest.mark.parametrize("mask", UMASKS)
def test_the_rooms_close_what_they_make_without_the_command(tmp_path: Path, mask: int) -> None:
    photos = people(tmp_path / "photos", 1)
    roster = write_csv(tmp_path / "roster.csv", [["number", "name"], [1, "Ada"]])
    with umask(mask), union_workspace(tmp_path / "deep" / "work") as workspace:
        take_in(workspace, roster, photos)
        workspace.vault.put([b"public"])
        with OutcomeFile(tmp_path / "deep" / "outcome.csv"):
            pass
        part = PartFile(workspace.cache / "parts", "video")
        headers = {"etag": '"x"', "content-length": str(KEEP_FROM)}
        part.begin(Exchange("https://e.example/", "https://e.example/", (), "", 200, {}, headers))
        part.close()
        assert (workspace.root / "semblance.db-wal").exists()
        assert open_to_others(tmp_path / "deep") == {}
    assert not_ours(tmp_path / "deep") == {}


@pytest.mark.parametrize("mask", [0o000, 0o777])
def test_commands_and_their_children_close_what_they_make(site: Site, tmp_path: Path, mask: int) -> None:
    case = prepare_at(site, tmp_path)
    root, theirs = tmp_path / "work", tmp_path / "theirs"
    theirs.mkdir()
    theirs.chmod(0o755)
    (tmp_path / "page.html").write_text("an earlier page", encoding="utf-8")
    commands = (
        ("evidence", "export", case),
        ("evidence", "export", case, "--out", theirs),
        ("report", "weekly", "--out", tmp_path / "made" / "deep"),
        ("crawl",),
        ("keys", "rotate"),
        ("scan", tmp_path / "0.mp4", "--references", tmp_path / "references", "--html", tmp_path / "page.html"),
    )
    (tmp_path / "references").mkdir()
    (tmp_path / "references" / "figure.png").write_bytes((tmp_path / "figure1.png").read_bytes())
    for words in commands:
        command = [sys.executable, "-m", "monitor.cli.main", "-w", str(root), *map(str, words)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, umask=mask)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
    assert (root / "cache" / "pages.db").exists()
    assert open_to_others(root, tmp_path / "made", tmp_path / "page.html", *theirs.iterdir()) == {}
    assert not_ours(root, tmp_path / "made", *theirs.iterdir()) == {}
    assert stat.S_IMODE(theirs.stat().st_mode) == 0o755


def test_a_workspace_of_an_earlier_version_is_closed_when_it_is_opened_and_that_is_said_once(tmp_path: Path) -> None:
    root = tmp_path / "work"
    init_workspace(root)
    (root / "reports" / "week").mkdir()
    (root / "reports" / "week" / "page.html").write_text("a report", encoding="utf-8")
    for path in (root, *root.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    said: list[str] = []
    for _ in range(2):
        with open_workspace(root, said.append):
            assert open_to_others(root) == {}
    assert len(said) == 1
    assert "now they are their owner's alone" in said[0]


def test_a_folder_that_holds_a_users_own_things_keeps_its_mode_and_theirs(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    tmp_path.chmod(0o755)
    (tmp_path / "notes.txt").chmod(0o644)
    init_workspace(tmp_path)
    assert set(open_to_others(tmp_path)) == {str(tmp_path), str(tmp_path / "notes.txt")}


@settings(deadline=None, max_examples=40)
@given(mask=st.integers(0, 0o777), content=st.binary(max_size=2000), replace=st.booleans(), depth=st.integers(1, 4))
def test_any_umask_gives_the_same_modes(
    tmp_path_factory: pytest.TempPathFactory, mask: int, content: bytes, replace: bool, depth: int
) -> None:
    top = tmp_path_factory.mktemp("any")
    folder = Path(top, *"abcd"[:depth])
    with umask(mask):
        make_folder(folder)
        make_file(folder / "empty")
        put(folder / "whole", content, replace=replace)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in top.rglob("*")}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}
    assert (folder / "whole").read_bytes() == content
    assert sorted(path.name for path in folder.iterdir()) == ["empty", "whole"]
    assert tighten(top / "a") == 0


def test_a_command_leaves_no_core_dump() -> None:
    code = "import resource, monitor.cli.main as cli; cli.main(); print(resource.getrlimit(resource.RLIMIT_CORE)[0])"
    done = subprocess.run([sys.executable, "-c", code, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == "0"
