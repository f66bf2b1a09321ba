"""The figure recogniser with a small encoder that is real: the colours of a coarse grid, centred."""

import cv2
import numpy as np
import pytest

from matcher.calibration import Calibration
from matcher.errors import ReferenceRefused
from matcher.figure import FigureRecogniser, regions
from matcher.types import Finding, Frame, Gallery, GallerySubject
from registry.types import Image, SubjectKind, Template

CALIBRATION = Calibration(measured_on="this test", scores=(0.6, 0.8, 0.95), rates=(0.1, 0.01, 1e-4), allowed=20.0)


def grid_encode(pictures: list[Image]) -> np.ndarray:
    cells = np.stack([cv2.resize(p, (6, 6), interpolation=cv2.INTER_AREA).reshape(-1) for p in pictures]).astype(np.float32)
    cells -= cells.mean(axis=1, keepdims=True)
    return (cells / np.maximum(np.linalg.norm(cells, axis=1, keepdims=True), 1e-6)).astype(np.float32)


def quilt(seed: int, side: int = 240) -> Image:
    patches = np.random.default_rng(seed).integers(0, 255, (6, 6, 3), dtype=np.uint8)
    return cv2.resize(patches, (side, side), interpolation=cv2.INTER_NEAREST)


def setting() -> tuple[FigureRecogniser, Gallery]:
    recogniser = FigureRecogniser(grid_encode, "grid-1", "test", CALIBRATION)
    subjects = {n: GallerySubject(n, n, SubjectKind.CHARACTER) for n in ("fox", "owl")}
    subjects["ann"] = GallerySubject("ann", "ann", SubjectKind.PERSON)
    pictures = {"fox": quilt(1), "owl": quilt(2), "ann": quilt(3)}
    return recogniser, Gallery(subjects, [Template(n, f"ref-{n}", "grid-1", recogniser.enrol(p)) for n, p in pictures.items()])


def frame_with(picture: Image, x: int) -> Image:
    frame = np.full((240, 520, 3), 128, np.uint8)
    frame[:, x : x + 240] = picture
    return frame


def watch(recogniser: FigureRecogniser, gallery: Gallery, *frames: Frame) -> list[Finding]:
    watcher = recogniser.watch(gallery)
    for frame in frames:
        watcher.see(frame)
    return watcher.conclude()


def test_finds_a_figure_in_the_square_where_it_stands() -> None:
    recogniser, gallery = setting()
    (finding,) = watch(recogniser, gallery, Frame(1.0, frame_with(quilt(1), 280), 0, 2.0))
    best = finding.candidates[0]
    assert (best.subject_id, best.reference_id) == ("fox", "ref-fox")
    assert best.score >= recogniser.threshold(3)
    box = finding.appearance.best.box
    assert (box.x1, box.y1, box.x2, box.y2) == (560, 0, 1040, 480)


def test_looks_in_one_shot_are_one_appearance() -> None:
    recogniser, gallery = setting()
    frames = [Frame(i * 0.5, frame_with(quilt(2), 0), 0) for i in range(13)]
    (finding,) = watch(recogniser, gallery, *frames)
    assert (finding.appearance.t_start, finding.appearance.t_end) == (0.0, 6.0)
    assert len(finding.appearance.observations) == 4


def test_strangers_and_persons_are_not_found() -> None:
    recogniser, gallery = setting()
    for stranger in (quilt(50), quilt(51), quilt(3)):
        found = watch(recogniser, gallery, Frame(0.0, frame_with(stranger, 140), 0))
        assert not [c for f in found for c in f.candidates if c.score >= recogniser.threshold(3)]


def test_an_empty_gallery_never_asks_the_encoder() -> None:
    def fail(pictures: list[Image]) -> np.ndarray:
        raise AssertionError("nothing is looked for")

    recogniser = FigureRecogniser(fail, "grid-1", "test", CALIBRATION)
    assert watch(recogniser, Gallery({}), Frame(0.0, frame_with(quilt(1), 0), 0)) == []


@pytest.mark.parametrize("picture", [np.zeros((1, 1, 3), np.uint8), np.full((300, 300, 3), 90, np.uint8)])
def test_a_picture_without_a_figure_is_refused_with_advice(picture: Image) -> None:
    recogniser, gallery = setting()
    with pytest.raises(ReferenceRefused) as caught:
        recogniser.enrol(picture)
    assert caught.value.remedy.startswith("Use ")
    assert watch(recogniser, gallery, Frame(0.0, picture, 0)) == []


@pytest.mark.parametrize(("width", "height"), [(640, 360), (360, 640), (300, 300), (1, 5)])
def test_regions_lie_within_the_frame_and_cover_it(width: int, height: int) -> None:
    boxes = regions(width, height)
    assert boxes[0] == (0, 0, width, height)
    assert all(0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height for x1, y1, x2, y2 in boxes)
    assert {x2 - x1 for x1, _, x2, _ in boxes[1:]} == {min(width, height)}
    assert max(x2 for _, _, x2, _ in boxes[1:]) == width
    assert max(y2 for _, _, _, y2 in boxes[1:]) == height
