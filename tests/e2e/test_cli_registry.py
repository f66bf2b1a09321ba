"""What a registrar reads: names instead of ids, what is valid today, and nothing told before it is kept."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_desk import Desk

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def registrar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    registrar = Desk(tmp_path / "work", monkeypatch, capsys)
    registrar.run("init")
    registrar.run("party", "add", "Union", "--kind", "union")
    registrar.run("subject", "add", "Ada Byron", "--kind", "person", "--party", "Union")
    return registrar


def test_what_was_told_is_kept_even_when_nobody_reads_it(registrar: Desk) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "monitor.cli.main", "-w", str(registrar.root), "party", "add", "Agency", "--kind", "agency"]
    done = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert [party["name"] for party in registrar.json("party", "list")] == ["Agency", "Union"]


def test_mandates_and_licences_say_whom_they_are_about_and_what_is_valid(registrar: Desk, tmp_path: Path) -> None:
    proof = tmp_path / "proof.txt"
    proof.write_text("signed")
    verified = ("--verified-by", "R. Reader", "--from", "2026-01-01")
    registrar.run("mandate", "add", "Ada Byron", proof, *verified, "--until", "2026-02-01")
    registrar.run("mandate", "add-for-all", "Union", proof, *verified)
    registrar.run("group", "add", "Forty", "--party", "Union", "Ada Byron")
    terms = ("--licensee", "GenCo", "--territory", "US")
    ended = registrar.json("licence", "add", "Ada Byron", *terms, "--from", "2126-01-01")
    registrar.run("licence", "revoke", ended["id"])
    registrar.run("licence", "add", "Ada Byron", *terms, "--from", "2126-01-01")
    registrar.run("licence", "add", "--group", "Forty", *terms, "--from", "2026-01-01T00:00:00+14:00")

    assert [(row["about"], row["status"]) for row in registrar.json("mandate", "list")] == [
        ("Ada Byron", "ended"),
        ("all of Union", "valid"),
    ]
    licences = registrar.json("licence", "list")
    assert [(row["about"], row["status"]) for row in licences] == [
        ("Ada Byron", "revoked"),
        ("Ada Byron", "not yet begun"),
        ("group Forty", "valid"),
    ]
    assert licences[2]["starts_at"] == "2025-12-31T10:00:00Z"
    table = registrar.run("licence", "list").stdout
    assert all(word in table for word in ("Ada Byron", "group Forty", "US", "not yet begun"))


@pytest.mark.parametrize("day", ["31/12/2026", "2026-02-30", "9999-12-31T23:00:00-12:00", "0001-01-01T00:00:00+14:00", ""])
def test_what_is_no_date_is_told_in_words(registrar: Desk, day: str) -> None:
    told = registrar.run("licence", "add", "Ada Byron", "--licensee", "GenCo", "--from", day, code=2).stderr
    assert "is no date" in told
    assert "Write it as 2026-11-22" in told
