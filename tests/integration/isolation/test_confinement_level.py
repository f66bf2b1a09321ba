"""Where a wall round decoding is missing, doctor says how to get it, and whoever works without it is told."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from isolation.limits import Layer
from monitor.confinement import level, weaker
from tests.support.drawn_clips import figure, save

ROOT = Path(__file__).resolve().parents[3]
WITHOUT = {
    "unshare": ("no network", "user namespaces"),
    "landlock_create_ruleset": ("Landlock", "Linux kernel from 5.13"),
}
ALL = ",".join(WITHOUT)
LINE = "Strangers' files are decoded with less protection here; not in force:"


def command(refused: str, *words: str | Path) -> "subprocess.CompletedProcess[str]":
    program = [sys.executable, "-m", "tests.support.fewer_walls", refused, *map(str, words)]
    environment = {**os.environ, "SEMBLANCE_PACK": ""}
    return subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = tmp_path_factory.mktemp("place") / "work"
    for words in (
        ("init",),
        ("party", "add", "Studio", "--kind", "studio"),
        ("subject", "add", "Figure", "--kind", "character", "--party", "Studio"),
    ):
        assert command("reboot", "-w", work, *words).returncode == 0
    return work


@pytest.mark.parametrize("refused", [*WITHOUT, ALL])
def test_doctor_names_the_missing_walls_and_how_to_get_them(workspace: Path, refused: str) -> None:
    done = command(refused, "-w", workspace, "doctor", "--json")
    assert done.returncode == 1
    (finding,) = (row for row in json.loads(done.stdout) if row["check"] == "isolation")
    assert finding["state"] == "missing"
    held, _, missing = finding["says"].partition("not in force")
    for call, (wall, remedy) in WITHOUT.items():
        assert (wall in missing) == (call in refused.split(",")) == (remedy in finding["remedy"])
        assert (wall in held) == (call not in refused.split(","))


def test_doctor_says_what_holds_where_all_do(workspace: Path) -> None:
    done = command("reboot", "-w", workspace, "doctor", "--json")
    (finding,) = (row for row in json.loads(done.stdout) if row["check"] == "isolation")
    assert (finding["state"], finding["remedy"]) == ("ok", "")
    assert all(wall in finding["says"] for wall, _ in WITHOUT.values())


@pytest.mark.parametrize("refused", ["reboot", ALL])
def test_whoever_works_without_a_wall_is_told_in_one_line(workspace: Path, tmp_path: Path, refused: str) -> None:
    references = tmp_path / "references"
    references.mkdir()
    photo = save(references / "Figure.png", figure(3))
    (tmp_path / "roster.csv").write_text("number,name\n1,Somebody\n")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "1.png").write_bytes(photo.read_bytes())
    for words in (
        ("-w", workspace, "reference", "add", "Figure", photo),
        ("-w", workspace, "members", "import", tmp_path / "roster.csv", "--photos", tmp_path / "photos", "--party", "Studio"),
        ("-w", workspace, "run", "--once"),
        ("scan", photo, "--references", references, "--kind", "character"),
    ):
        done = command(refused, *words)
        assert done.returncode in (0, 1), done.stderr
        assert done.stderr.count(LINE) == (refused == ALL), (words, done.stderr)


def test_the_words_for_a_level() -> None:
    assert weaker(frozenset(Layer)) == ""
    assert weaker(frozenset(Layer) - {Layer.FILES}) == (
        f"{LINE} no files but those it works on (Landlock). The doctor says what to do."
    )
    assert level()[1] == ""
