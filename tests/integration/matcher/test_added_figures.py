"""Image encoders that are added without a calibration: their references are found however many characters there are, and packs
that an earlier version added are measured before they are used."""

import json
from pathlib import Path

import numpy as np
import pytest

from matcher.assemble import recognisers_of
from matcher.bands import band
from matcher.decide import decide
from matcher.errors import PackError
from matcher.figure.recogniser import FigureRecogniser
from matcher.packs.adding import add
from matcher.packs.background import drawn
from matcher.packs.digests import sha256_of
from matcher.packs.store import lacks_background, load
from matcher.types import Frame, Gallery, GallerySubject, Match
from monitor.doctor import examine
from monitor.recognisers import prepare_packs
from monitor.settings import Settings, load_settings
from registry.types import Image, SubjectKind, Template
from tests.support.tiny_pictures import LENGTH, SIDE, exported

FIRST, STRANGE = 5000, 9000
"""Numbers of drawn pictures: of references, and of what nobody enrolled. The background of a pack is of others."""

COUNTS = (1, 2, 5, 12)


def recogniser_of(models: Path, pack: str) -> FigureRecogniser:
    (made,) = recognisers_of(load(models, pack))
    assert isinstance(made, FigureRecogniser)
    return made


def gallery_of(recogniser: FigureRecogniser, count: int) -> Gallery:
    names = [str(number) for number in range(FIRST, FIRST + count)]
    return Gallery(
        {name: GallerySubject(name, name, SubjectKind.CHARACTER) for name in names},
        [Template(name, name, recogniser.encoder, recogniser.enrol(drawn(int(name)))) for name in names],
    )


def matches(recogniser: FigureRecogniser, gallery: Gallery, picture: Image) -> list[Match]:
    watcher = recogniser.watch(gallery)
    watcher.see(Frame(0.0, picture, 0))
    count = len(gallery.subjects)
    return [match for found in watcher.conclude() if (match := decide(found, recogniser, count, count))]


def check_an_added_encoder(recogniser: FigureRecogniser, strangers: int) -> None:
    shown = [drawn(number) for number in range(STRANGE, STRANGE + strangers)]
    for count in COUNTS:
        gallery = gallery_of(recogniser, count)
        for name in gallery.subjects:
            (match,) = matches(recogniser, gallery, drawn(int(name)))
            assert match.subject_id == name
            assert match.score == pytest.approx(1, abs=0.01), "the reference itself, shown whole"
            assert band(match.expected_false_matches) == "possible"
            assert any("guessed, not measured" in reason for reason in match.reasons)
        assert [match.score for picture in shown for match in matches(recogniser, gallery, picture)] == []


@pytest.mark.parametrize("layout", ["clip", "siglip", "dinov2"])
def test_an_exported_encoder_finds_each_reference_among_any_number_and_no_stranger(layout: str, tmp_path: Path) -> None:
    pack = add(tmp_path / "models", exported(tmp_path / layout, layout))
    check_an_added_encoder(recogniser_of(tmp_path / "models", pack.spec.id), 20)


def test_the_embedding_that_is_known_finds_each_reference_among_any_number(shared_models: Path, tmp_path: Path) -> None:
    pack = add(tmp_path, shared_models / "image")
    check_an_added_encoder(recogniser_of(tmp_path, pack.spec.id), 6)


def test_a_reference_that_is_like_everything_finds_nothing_else(tmp_path: Path) -> None:
    """What a score is a share of must not become so small that anything has a large share in it."""
    pack = add(tmp_path / "models", exported(tmp_path / "clip", "clip"))
    recogniser = recogniser_of(tmp_path / "models", pack.spec.id)
    vectors = [recogniser.enrol(drawn(number))["parts"] for number in range(STRANGE, STRANGE + 12)]
    mean = np.mean(np.concatenate(vectors).astype(np.float32), axis=0, keepdims=True)
    gallery = Gallery(
        {"plain": GallerySubject("plain", "plain", SubjectKind.CHARACTER)},
        [Template("plain", "plain", recogniser.encoder, {"parts": mean.astype(np.float16)})],
    )
    assert [match for number in range(STRANGE + 12, STRANGE + 32) for match in matches(recogniser, gallery, drawn(number))] == []


def of_an_earlier_version(models: Path, folder: Path) -> str:
    """A pack in the form in which it was added before encoders were measured on drawn pictures, with the rates of that time."""
    model = exported(folder, "clip") / "onnx" / "vision_model.onnx"
    kept = models / "character-old"
    kept.mkdir(parents=True)
    (kept / "net.onnx").write_bytes(model.read_bytes())
    manifest = {
        "format": 1,
        "id": "character-old",
        "title": "A picture embedding",
        "licence": {"names": ["Apache-2.0"], "commercial": True, "text": "Apache-2.0."},
        "files": {"net.onnx": {"sha256": sha256_of(model), "size": model.stat().st_size}},
        "figure": {
            "file": "net.onnx",
            "dimensions": LENGTH,
            "input": {
                "name": "pixel_values",
                "size": SIDE,
                "colour": "rgb",
                "layout": "nchw",
                "dtype": "float32",
                "mean": [127.0, 127.0, 127.0],
                "scale": 128.0,
            },
            "calibration": {
                "measured_on": "444 photos against 14 drawn or printed subjects whom they do not show",
                "scores": [0.4659, 0.6696],
                "rates": [0.0483, 0.001626],
                "allowed": 20.0,
                "least_gallery": 100,
                "margin": 0.0,
                "per_reference": 0.0,
                "errors": [],
                "mated": [],
            },
        },
    }
    (kept / "pack.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    return "character-old"


def settings_with(models: Path, pack: str) -> Settings:
    return load_settings().model_copy(update={"models": models, "pack": "", "more_packs": (pack,)})


def test_rates_of_the_method_before_are_forgotten(tmp_path: Path) -> None:
    pack = of_an_earlier_version(tmp_path / "models", tmp_path / "clip")
    figure = load(tmp_path / "models", pack).spec.figure
    assert figure is not None
    assert figure.calibration is None
    assert lacks_background(tmp_path / "models", pack)


def test_a_run_measures_a_pack_of_an_earlier_version_once_and_says_so(tmp_path: Path) -> None:
    models, said = tmp_path / "models", list[str]()
    pack = of_an_earlier_version(models, tmp_path / "clip")
    prepare_packs(settings_with(models, pack), said.append)
    (line,) = said
    assert pack in line
    assert "its old error rates go" in line
    figure = load(models, pack).spec.figure
    assert figure is not None
    assert figure.background == "background.npz"
    assert figure.calibration is None
    assert "444 photos" not in (models / pack / "pack.json").read_text("utf-8")
    check_an_added_encoder(recogniser_of(models, pack), 10)
    prepare_packs(settings_with(models, pack), said.append)
    assert len(said) == 1, "it is measured once"


def test_where_packs_cannot_be_written_a_run_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = tmp_path / "models"
    pack = of_an_earlier_version(models, tmp_path / "clip")
    monkeypatch.setattr("tempfile.mkdtemp", _refused)
    with pytest.raises(PackError, match="from an earlier version") as caught:
        prepare_packs(settings_with(models, pack), lambda _: None)
    assert "dd the" in caught.value.remedy


def _refused(*_arguments: object, **_names: object) -> str:
    raise PermissionError(13, "Permission denied")


def test_the_doctor_says_that_a_pack_is_of_an_earlier_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = of_an_earlier_version(tmp_path / "models", tmp_path / "clip")
    monkeypatch.setenv("SEMBLANCE_MODELS", str(tmp_path / "models"))
    (tmp_path / "semblance.toml").write_text(f'pack = ""\nmore_packs = ["{pack}"]\n', "utf-8")
    (check,) = (each for each in examine(tmp_path) if each.check == f"pack {pack}")
    assert check.state == "optional"
    assert "from an earlier version" in check.says
    assert "add the pack again" in check.advice
