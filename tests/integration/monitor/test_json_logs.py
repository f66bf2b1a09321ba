"""Logs for machines say what happens, and name nobody, whatever is captured, mistyped or broken."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.logs import LEFT_OUT, Lines, logged_with
from monitor.settings import SettingsRefused, load_settings
from tests.support.direct_database import directly
from tests.support.loopback_site import Answer, open_site
from tests.support.watched_site import TITLE, make_workspace, publish

ROOT = Path(__file__).resolve().parents[3]
NAME = "Zanzibarra Quill"


def lines_of(root: Path, *words: str, code: int = 0) -> list[dict[str, object]]:
    """What a command logs: all of its standard error, each line JSON."""
    command = [sys.executable, "-m", "monitor.cli.main", "-w", str(root), *words]
    environment = {**os.environ, "SEMBLANCE_LOG__FORMAT": "json"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, (done.stdout, done.stderr)
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_a_whole_job_names_nobody_and_tells_what_was_done(tmp_path: Path) -> None:
    root = tmp_path / "work"
    with open_site() as site:
        publish(site, tmp_path, [1, None])
        site.page("/odd", f"<html><head><title>{NAME}</title></head><video src='http://10.9.8.7/{NAME}.mp4'></video></html>")
        site.routes["/media/1.mp4"] = Answer(b"no video of " + NAME.encode(), "video/mp4")
        make_workspace(root, site, tmp_path, [1])
        said = lines_of(root, "run", "--once")
        said += lines_of(root, "subject", "add", NAME, "--kind", "character", "--party", "Studio")
        said += lines_of(root, "subject", "add", NAME, "--kind", "character", "--party", "Studio", code=2)
        said += lines_of(root, "subject", "show", f"{NAME} the Second", code=2)
        said += lines_of(root, "report", "weekly")
        said += lines_of(root, "erase", NAME, "--reason", "asked for", "--yes")
        said += lines_of(root, "backup", str(tmp_path / "backups"))
        base = site.url("/")
    key = (root / "keys" / "data.key").read_text().strip()
    text = json.dumps(said, ensure_ascii=False)
    hidden = (
        NAME,
        NAME.split()[0],
        "Figure 1",
        "Studio",
        TITLE[:7],
        "figure1.png",
        base,
        "127.0.0.1",
        "10.9.8.7",
        str(tmp_path),
        key[:16],
    )
    assert [word for word in hidden if word in text] == []
    assert not [
        value
        for line in said
        for value in line.values()
        if isinstance(value, list) and any(isinstance(one, float) for one in value)
    ]
    ended = next(line for line in said if line["event"] == "a run ended")
    assert (ended["captured"], ended["not_captured"], ended["scanned"], ended["command"]) == (1, 1, 1, "run")
    began = next(line for line in said if line["event"] == "a run began")
    assert began["run"] == ended["run"]
    failed = [line for line in said if line["event"] == "a command failed"]
    assert [(line["error"], line["exit_code"], line["command"]) for line in failed] == [
        ("Conflict", 2, "subject add"),
        ("NotFound", 2, "subject show"),
    ]


def record(name: str, words: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, "x.py", 1, words, args, None)


@given(
    st.text(min_size=1).filter(lambda text: text.strip("0123456789abcdef-") != ""),
    st.integers(),
    st.sampled_from(["monitor", "crawler.guard"]),
)
def test_values_are_left_out_and_numbers_and_ids_are_not(value: str, number: int, logger: str) -> None:
    made = json.loads(Lines().format(record(logger, "of %s and %d and %s", value, number, "a3" * 16)))
    assert made["event"] == f"of {LEFT_OUT} and {number} and {'a3' * 16}"
    assert json.loads(Lines().format(record("urllib3.pool", value)))["event"] == LEFT_OUT


def test_an_error_is_told_by_its_kind_and_place_alone() -> None:
    try:
        raise ValueError(NAME)
    except ValueError:
        failing = logging.LogRecord("monitor", logging.ERROR, "x.py", 1, "it broke", (), sys.exc_info())
    with logged_with(command="run"):
        line = Lines().format(failing)
    assert NAME not in line
    assert (json.loads(line)["error"], json.loads(line)["command"]) == ("ValueError", "run")


def test_a_mistake_of_the_program_itself_names_nobody(tmp_path: Path) -> None:
    root = tmp_path / "work"
    with open_site() as site:
        make_workspace(root, site, tmp_path, [1])
    with directly(root / "semblance.db") as database:
        database.execute(f"UPDATE subject SET name = '{NAME}', kind = '{NAME}'")
    (line,) = lines_of(root, "subject", "list", code=1)
    assert (line["event"], line["level"], line["exit_code"]) == ("a command failed", "error", 1)
    assert line["where"]
    assert NAME not in json.dumps(line)


def test_a_format_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMBLANCE_LOG__FORMAT", "xml")
    with pytest.raises(SettingsRefused, match=r"log\.format"):
        load_settings()
