"""Promise 5: the chain of custody is read by a command that names the first broken entry."""

import json
from pathlib import Path

import pytest

from crawler.custody import append
from monitor.cli.main import main
from monitor.workspace import init_workspace, open_workspace
from registry.db import now
from tests.support.tampering import tamper


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with five entries in its chain."""
    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as workspace, workspace.session() as session:
        for number in range(5):
            append(session, "E. Novak", "captured", f"c{number}", {"number": number}, now())
        session.commit()
    return tmp_path / "work"


def audit(root: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> int:
    monkeypatch.setattr("sys.argv", ["semblance", "-w", str(root), "audit", "verify", *options])
    return main()


def test_a_whole_chain_is_said_to_be_and_its_end_is_printed(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(root, monkeypatch) == 0
    said = capsys.readouterr().out
    assert "The log of writes is whole" in said
    assert "The chain of custody is whole: 5 entries" in said
    assert audit(root, monkeypatch, "--json") == 0
    heads = json.loads(capsys.readouterr().out)
    assert heads["audit"]["head"] in said
    assert heads["custody"]["head"] in said
    assert audit(root, monkeypatch, "--head", heads["audit"]["head"], "--custody-head", heads["custody"]["head"]) == 0


@pytest.mark.parametrize(
    ("statement", "broken", "why"),
    [
        ("UPDATE custody_entry SET actor = 'x' WHERE seq = 3", 3, "its content was changed"),
        ("DELETE FROM custody_entry WHERE seq = 2", 2, "it is missing"),
        ("UPDATE custody_entry SET previous = '' WHERE seq = 5", 5, "it does not follow"),
    ],
)
def test_the_first_broken_entry_is_named(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], statement: str, broken: int, why: str
) -> None:
    tamper(root / "semblance.db", statement)
    assert audit(root, monkeypatch) == 4
    said = capsys.readouterr().out
    assert f"The chain of custody is broken: entry {broken}: {why}" in said
    assert "The log of writes is whole" in said


def test_a_chain_that_was_cut_off_is_told_by_its_noted_end(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    audit(root, monkeypatch, "--json")
    head = json.loads(capsys.readouterr().out)["custody"]["head"]
    tamper(root / "semblance.db", "DELETE FROM custody_entry WHERE seq = 5")
    assert audit(root, monkeypatch) == 0
    assert audit(root, monkeypatch, "--custody-head", head) == 4
    assert "ends before the noted entry" in capsys.readouterr().out
