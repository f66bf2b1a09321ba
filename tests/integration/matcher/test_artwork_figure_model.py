"""The figure recogniser with real image encoders, through packs."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from matcher.assemble import recognisers_of
from matcher.figure.recogniser import FigureRecogniser
from matcher.media import read_picture
from matcher.packs.adding import add
from matcher.packs.store import load_folder
from matcher.types import Frame, Gallery, GallerySubject
from registry.types import Image, SubjectKind, Template

NAMES = ("bart", "homer", "lisa", "maggie", "marge")


def best_in(recogniser: FigureRecogniser, gallery: Gallery, picture: Image) -> str:
    """Whom a frame resembles most that shows a darker and resized copy of a picture."""
    frame = np.full((300, 500, 3), 60, np.uint8)
    frame[:, 200:] = cv2.resize((picture * 0.7).astype(np.uint8), (300, 300))
    watcher = recogniser.watch(gallery)
    watcher.see(Frame(0.0, frame, 0))
    return max((c for f in watcher.conclude() for c in f.candidates), key=lambda c: c.score).subject_id


def check_changed_copies(recogniser: FigureRecogniser, shared_data: Path) -> None:
    folder = shared_data / "characters" / "simpsons"
    pictures = {name: read_picture(folder / f"simpsons_{name}_00.jpg") for name in NAMES}
    gallery = Gallery(
        {n: GallerySubject(n, n, SubjectKind.CHARACTER) for n in pictures},
        [Template(n, n, recogniser.encoder, recogniser.enrol(p)) for n, p in pictures.items()],
    )
    assert {name: best_in(recogniser, gallery, picture) for name, picture in pictures.items()} == {n: n for n in NAMES}


def test_an_added_encoder_ranks_a_changed_copy_first(shared_models: Path, shared_data: Path, tmp_path: Path) -> None:
    pack = add(tmp_path, shared_models / "image")
    assert pack.spec.figure is not None
    assert pack.spec.figure.background == "background.npz"
    (recogniser,) = recognisers_of(pack)
    assert isinstance(recogniser, FigureRecogniser)
    check_changed_copies(recogniser, shared_data)


@pytest.mark.parametrize("side", [64, 400])
def test_the_pack_that_is_built_says_something_of_pictures_of_any_form(figure_pack: Path, side: int) -> None:
    (recogniser,) = recognisers_of(load_folder(figure_pack))
    random = np.random.default_rng(1)
    for height, width in ((side, side), (side, 3 * side), (5 * side, side)):
        picture = cv2.resize(random.integers(0, 255, (9, 9, 3), dtype=np.uint8), (width, height))
        vectors = recogniser.enrol(picture)["parts"]
        assert vectors.shape[1] == 1280
        np.testing.assert_allclose(np.linalg.norm(vectors.astype(np.float32), axis=1), 1, atol=2e-3)


def test_the_pack_that_is_built_ranks_a_changed_copy_first(figure_pack: Path, shared_data: Path) -> None:
    (recogniser,) = recognisers_of(load_folder(figure_pack))
    assert isinstance(recogniser, FigureRecogniser)
    check_changed_copies(recogniser, shared_data)
