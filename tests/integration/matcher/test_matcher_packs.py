"""Packs on disk: built, added, verified at every load, refused where their terms forbid."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from matcher.assemble import recognisers_of
from matcher.errors import PackDamaged, PackError, ReferenceRefused
from matcher.packs import adding, store
from matcher.packs.calibrations import OPEN_FACE
from matcher.packs.terms import PackNotPermitted, check_permitted
from tests.support.insightface_packages import tiny_insightface_package

ROOT = Path(__file__).resolve().parents[3]


def bgr(picture: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(picture[..., ::-1])


@pytest.fixture
def models(tmp_path: Path, open_pack: Path) -> Path:
    shutil.copytree(open_pack, tmp_path / "models" / "open")
    return tmp_path / "models"


def test_the_open_pack_tells_one_face_from_another(models: Path) -> None:
    (recogniser,) = recognisers_of(store.load(models, "open"))
    astronaut = bgr(data.astronaut())
    darker = cv2.convertScaleAbs(cv2.resize(astronaut[:300, 100:400][:, ::-1], (420, 420)), alpha=0.7)
    a, b = (recogniser.enrol(picture)["vector"] for picture in (astronaut, darker))
    assert float(a @ b) > 0.95
    assert float(np.linalg.norm(a)) == pytest.approx(1, abs=1e-5)


def test_a_pack_of_an_earlier_version_knows_what_was_measured_of_its_models_since(models: Path) -> None:
    manifest = models / "open" / "pack.json"
    told = json.loads(manifest.read_text())
    told["face"]["calibration"]["cohort"].pop("kind", None)
    manifest.write_text(json.dumps(told))
    (recogniser,) = recognisers_of(store.load(models, "open"))
    assert recogniser.calibration == OPEN_FACE
    told["face"]["calibration"]["allowed"] = 7
    manifest.write_text(json.dumps(told))
    (recogniser,) = recognisers_of(store.load(models, "open"))
    assert recogniser.calibration.cohort.kind is None


@pytest.mark.parametrize(("name", "told"), [("nobody", "does not know: nobody"), ("edge", "have 128 numbers.* names 256")])
def test_a_calibration_of_other_models_is_told_when_the_pack_is_opened(models: Path, name: str, told: str) -> None:
    manifest = models / "open" / "pack.json"
    said = json.loads(manifest.read_text())
    people = {"name": name, "least": 0.08}
    said["face"]["calibration"]["cohort"]["kind"] = {"shift": 0.2, "apart": 0.0, "alike": 0.1, "kinds": 10, "people": people}
    manifest.write_text(json.dumps(said))
    for at_once in (True, False):
        with pytest.raises(PackError, match=told):
            recognisers_of(store.load(models, "open"), at_once=at_once)


def test_a_picture_without_a_face_and_one_with_two_are_refused_with_advice(models: Path) -> None:
    (recogniser,) = recognisers_of(store.load(models, "open"))
    with pytest.raises(ReferenceRefused, match="No face"):
        recogniser.enrol(bgr(data.coffee()))
    face = bgr(data.astronaut())[:260, 120:340]
    with pytest.raises(ReferenceRefused, match="2 faces"):
        recogniser.enrol(np.hstack([face, face]))
    assert recogniser.enrol(np.hstack([face, face]), prominent=True)["vector"].shape == (128,)


def test_one_flipped_byte_in_a_model_is_found_at_the_next_load(models: Path) -> None:
    path = models / "open" / "onet.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(PackDamaged, match=r"onet\.onnx"):
        store.load(models, "open")


def test_a_missing_file_and_a_missing_pack_are_said_with_what_to_do(models: Path) -> None:
    (models / "open" / "rnet.onnx").unlink()
    with pytest.raises(PackDamaged, match=r"rnet\.onnx"):
        store.load(models, "open")
    with pytest.raises(PackError, match="Pull the pack, or add the folder of a built pack, or see the packs"):
        store.load(models, "edge")
    with pytest.raises(PackError, match="cannot be a pack"):
        store.load(models, "../open")


def test_a_manifest_with_an_unknown_key_or_without_a_digest_is_refused_by_name(models: Path) -> None:
    manifest = models / "open" / "pack.json"
    said = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**said, "colour": "blue"}))
    with pytest.raises(PackError, match="colour"):
        store.load(models, "open")
    del said["files"]["pnet.onnx"]
    manifest.write_text(json.dumps(said))
    with pytest.raises(PackError, match=r"pnet\.onnx"):
        store.load(models, "open")


def test_a_failed_addition_leaves_the_pack_that_was_there(models: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(models / "open", broken)
    (broken / "pnet.onnx").write_bytes(b"not a model")
    with pytest.raises(PackDamaged):
        adding.add(models, broken)
    assert store.load(models, "open").spec.id == "open"
    assert [p.name for p in models.iterdir()] == ["open"]


def test_known_model_files_become_a_pack_whatever_they_are_called(tmp_path: Path, shared_models: Path) -> None:
    source = tmp_path / "files"
    source.mkdir()
    for i, path in enumerate(sorted((shared_models / "edge").glob("*.onnx"))):
        shutil.copyfile(path, source / f"{i}.onnx")
    pack = adding.add(tmp_path / "models", source)
    assert pack.spec.id == "edge"
    (recogniser,) = recognisers_of(pack)
    assert recogniser.enrol(bgr(data.astronaut()))["vector"].shape == (256,)


def test_a_folder_of_unknown_models_is_no_pack(tmp_path: Path) -> None:
    (tmp_path / "mystery.onnx").write_bytes(b"?")
    with pytest.raises(PackError, match=r"mystery\.onnx"):
        adding.add(tmp_path / "models", tmp_path)


def test_an_insightface_package_loads_through_insightface(tmp_path: Path) -> None:
    tiny_insightface_package(tmp_path / "tiny_l")
    pack = adding.add(tmp_path / "models", tmp_path / "tiny_l")
    assert pack.spec.id == "tiny_l"
    assert not pack.spec.licence.commercial
    (recogniser,) = recognisers_of(pack)
    picture = np.zeros((640, 640, 3), np.uint8)
    picture[256:384, 256:384] = 255
    vector = recogniser.enrol(picture, prominent=True)["vector"]
    assert vector.shape == (48,)
    assert float(np.linalg.norm(vector)) == pytest.approx(1, abs=1e-5)


def test_an_insightface_package_without_a_licence_is_refused_to_a_commercial_party(tmp_path: Path) -> None:
    tiny_insightface_package(tmp_path / "tiny_l")
    pack = adding.add(tmp_path / "models", tmp_path / "tiny_l")
    with pytest.raises(PackNotPermitted, match=r"MODEL\.LICENSE"):
        check_permitted(pack, commercial=True)
    manifest = pack.folder / "pack.json"
    said = json.loads(manifest.read_text())
    said["licence"]["commercial"] = True
    manifest.write_text(json.dumps(said))
    with pytest.raises(PackNotPermitted):
        check_permitted(store.load(tmp_path / "models", "tiny_l"), commercial=True)
    check_permitted(pack, commercial=False)
    check_permitted(pack, commercial=True, accepted=["tiny_l"])


def test_a_forged_insightface_licence_is_no_licence(tmp_path: Path) -> None:
    tiny_insightface_package(tmp_path / "tiny_l")
    (tmp_path / "tiny_l" / "MODEL.LICENSE").write_text('{"grant": "commercial"}')
    with pytest.raises(PackError, match=r"MODEL\.LICENSE"):
        adding.add(tmp_path / "models", tmp_path / "tiny_l")


def test_loading_a_model_leaves_no_trace_outside_its_folder(models: Path, tmp_path: Path) -> None:
    """The runtime's own telemetry would write a device's id into the user's cache and call home."""
    homes = {name: str(tmp_path / "home") for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    code = "import sys; from pathlib import Path; from matcher.session import Session; Session(Path(sys.argv[1]))"
    command = [sys.executable, "-c", code, str(models / "open" / "pnet.onnx")]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **homes}, check=True)
    assert not (tmp_path / "home").exists()


def test_what_a_killed_process_left_is_no_pack_and_what_it_moved_aside_still_serves(models: Path) -> None:
    shutil.copytree(models / "open", models / ".open-abcdefgh")
    assert store.installed(models) == ["open"]
    (models / "open").rename(models / ".open-abcdefgh-old")
    assert store.installed(models) == ["open"]
    assert store.load(models, "open").spec.id == "open"
    adding.add(models, models / ".open-abcdefgh-old")
    assert [path.name for path in models.iterdir()] == ["open"]
