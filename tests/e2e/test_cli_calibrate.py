"""models calibrate: a pack's thresholds from one's own labelled media."""

import csv
import json
import os
from pathlib import Path

import pytest

from matcher.packs.adding import add
from matcher.packs.store import load
from tests.support.command_process import semblance


@pytest.fixture
def workspace(tmp_path: Path, shared_models: Path) -> Path:
    add(tmp_path / "models", shared_models / "edge")
    semblance("--workspace", tmp_path / "work", "init")
    (tmp_path / "work" / "semblance.toml").write_text(f'pack = "edge"\nmodels = "{tmp_path / "models"}"\n', encoding="utf-8")
    return tmp_path / "work"


def truth(path: Path, shared_data: Path, subjects: int, probes: int) -> Path:
    """So many subjects of the evaluation data, and photos of theirs and of nobody's."""
    faces = shared_data / "faces"
    with (faces / "truth.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    enrolled = [row for row in rows if row["role"] == "reference"][:subjects]
    names = {row["subject"] for row in enrolled}
    mated = [row for row in rows if row["role"] == "mated" and row["subject"] in names][: probes // 2]
    nobody = [row for row in rows if row["role"] == "nonmated"][: probes - len(mated)]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["role", "subject", "media"])
        for row in (*enrolled, *mated, *nobody):
            writer.writerow([row["role"], row["subject"], os.path.relpath(faces / row["media"], path.parent)])
    return path


def test_trying_shows_what_it_would_be_and_keeping_changes_the_manifest_alone(
    workspace: Path, tmp_path: Path, shared_data: Path
) -> None:
    own = truth(tmp_path / "own.csv", shared_data, 20, 50)
    folder = tmp_path / "models" / "edge"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    command = ("--workspace", workspace, "models", "calibrate", "--data", own, "--json")
    tried = json.loads(semblance(*command, "--try").stdout)
    assert (tried["pack"], tried["kept"]) == ("edge", False)
    assert tried["calibration"]["measured_on"] == "50 probes of own.csv"
    thresholds = list(tried["thresholds"].values())
    assert thresholds == sorted(thresholds)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before

    kept = json.loads(semblance(*command).stdout)
    assert (kept["kept"], kept["thresholds"]) == (True, tried["thresholds"])
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {name for name in before if before[name] != after[name]} == {"pack.json"} == set(after) - set(before) | {"pack.json"}
    face = load(tmp_path / "models", "edge").spec.face
    assert face is not None
    assert face.calibration is not None
    assert face.calibration.model_dump(mode="json") == kept["calibration"]
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["edge"]


def test_too_little_data_is_wrong_use_with_a_remedy_and_changes_nothing(
    workspace: Path, tmp_path: Path, shared_data: Path
) -> None:
    manifest = tmp_path / "models" / "edge" / "pack.json"
    before = manifest.read_bytes()
    own = truth(tmp_path / "few.csv", shared_data, 5, 10)
    done = semblance("--workspace", workspace, "models", "calibrate", "--data", own, check=2)
    assert "5 subjects and has 10 probes" in done.stderr
    assert "at least 20 subjects" in done.stderr
    assert "Traceback" not in done.stderr
    assert manifest.read_bytes() == before
