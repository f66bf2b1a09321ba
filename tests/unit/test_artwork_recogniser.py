"""The artwork recogniser on pictures that are drawn here."""

import time
from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
import pytest

from matcher.artwork import PERIOD, ArtworkRecogniser, score_of
from matcher.errors import ReferenceRefused
from matcher.types import Finding, Frame, Gallery, GallerySubject
from registry.types import Image, SubjectKind, Template

WIDTH, HEIGHT = 640, 360


def poster(seed: int, size: tuple[int, int] = (200, 260)) -> Image:
    rng = np.random.default_rng(seed)
    picture = np.full((*size, 3), 245, np.uint8)
    for _ in range(45):
        x, y, radius = int(rng.integers(size[1])), int(rng.integers(size[0])), int(rng.integers(4, 26))
        colour = tuple(int(c) for c in rng.integers(0, 255, 3))
        shape = rng.integers(3)
        if shape == 0:
            cv2.circle(picture, (x, y), radius, colour, -1)
        elif shape == 1:
            cv2.rectangle(picture, (x, y), (x + radius, y + 2 * radius), colour, 3)
        else:
            cv2.putText(picture, chr(65 + int(rng.integers(26))), (x, y), cv2.FONT_HERSHEY_DUPLEX, radius / 12, colour, 2)
    return picture


def gallery(recogniser: ArtworkRecogniser, kind: SubjectKind = SubjectKind.MARK, **pictures: Image) -> Gallery:
    subjects = {name: GallerySubject(name, name.title(), kind) for name in pictures}
    templates = [Template(n, f"ref-{n}", recogniser.encoder, recogniser.enrol(p)) for n, p in pictures.items()]
    return Gallery(subjects, templates)


def scene(artwork: "Image | None" = None, scale: float = 0.7, turn: float = 0.0, at: tuple[int, int] = (330, 180)) -> Image:
    """A textured background with the artwork's centre at a place."""
    rng = np.random.default_rng(99)
    ground = cv2.GaussianBlur(rng.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8), (0, 0), 4)
    picture = cv2.normalize(ground, None, 40, 200, cv2.NORM_MINMAX)
    if artwork is None:
        return picture
    height, width = artwork.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, scale)
    matrix[:, 2] += (at[0] - width / 2, at[1] - height / 2)
    cover = cv2.warpAffine(np.full((height, width), 255, np.uint8), matrix, (WIDTH, HEIGHT))
    drawn = cv2.warpAffine(artwork, matrix, (WIDTH, HEIGHT))
    return np.where(cover[..., None] > 127, drawn, picture).astype(np.uint8)


def watch(recogniser: ArtworkRecogniser, looked_for: Gallery, *frames: Frame) -> list[Finding]:
    watcher = recogniser.watch(looked_for)
    for frame in frames:
        watcher.see(frame)
    return watcher.conclude()


def one(recogniser: ArtworkRecogniser, looked_for: Gallery, image: Image, scale: float = 1.0) -> list[Finding]:
    return watch(recogniser, looked_for, Frame(0.0, image, 0, scale))


CHANGES: dict[str, Callable[[Image], Image]] = {
    "mirrored": lambda p: np.ascontiguousarray(p[:, ::-1]),
    "darker": lambda p: (p * 0.6).astype(np.uint8),
    "other colours": lambda p: np.ascontiguousarray(p[..., [1, 2, 0]]),
    "half covered": lambda p: np.vstack([p[:110], np.full_like(p[110:], 90)]),
    "recompressed": lambda p: cv2.imdecode(cv2.imencode(".jpg", p, [cv2.IMWRITE_JPEG_QUALITY, 30])[1], cv2.IMREAD_COLOR),
}


@pytest.mark.parametrize("name", CHANGES)
def test_finds_artwork_that_was_changed(name: str) -> None:
    recogniser = ArtworkRecogniser()
    looked_for = gallery(recogniser, lion=poster(1), crown=poster(2))
    (finding,) = one(recogniser, looked_for, scene(CHANGES[name](poster(1)), turn=12))
    assert finding.candidates[0].subject_id == "lion"
    assert finding.candidates[0].reference_id == "ref-lion"
    assert finding.candidates[0].score >= recogniser.threshold(2)
    assert ("It is shown mirrored." in finding.candidates[0].evidence) == (name == "mirrored")


def test_the_box_is_where_the_artwork_is_in_full_size_pixels() -> None:
    recogniser = ArtworkRecogniser()
    looked_for = gallery(recogniser, lion=poster(1))
    (finding,) = one(recogniser, looked_for, scene(poster(1), scale=0.8), scale=3.0)
    box = finding.appearance.best.box
    expected = np.array([330 - 104, 180 - 80, 330 + 104, 180 + 80]) * 3.0
    np.testing.assert_allclose([box.x1, box.y1, box.x2, box.y2], expected, atol=15)


def test_the_box_ends_at_the_edge_of_the_frame() -> None:
    recogniser = ArtworkRecogniser()
    (finding,) = one(recogniser, gallery(recogniser, lion=poster(1)), scene(poster(1), scale=1.2, at=(600, 330)))
    assert finding.appearance.best.box.x2 == WIDTH
    assert finding.appearance.best.box.y2 == HEIGHT


def test_finds_two_subjects_in_one_frame() -> None:
    recogniser = ArtworkRecogniser()
    picture = scene(poster(1), at=(160, 180))
    picture[:, 320:] = scene(poster(2), at=(480, 180))[:, 320:]
    found = one(recogniser, gallery(recogniser, lion=poster(1), crown=poster(2)), picture)
    assert {f.candidates[0].subject_id for f in found} == {"lion", "crown"}


def test_the_same_artwork_of_two_subjects_is_one_finding_with_two_candidates() -> None:
    recogniser = ArtworkRecogniser()
    found = one(recogniser, gallery(recogniser, lion=poster(1), copy=poster(1)[10:, 10:]), scene(poster(1)))
    assert len(found) == 1
    assert {c.subject_id for c in found[0].candidates} == {"lion", "copy"}
    assert found[0].candidates[0].score >= found[0].candidates[1].score


def test_other_artwork_is_not_found() -> None:
    recogniser = ArtworkRecogniser()
    looked_for = gallery(recogniser, **{f"s{i}": poster(i) for i in range(8)})
    scores = [c.score for i in range(20, 32) for f in one(recogniser, looked_for, scene(poster(i))) for c in f.candidates]
    assert max(scores, default=0.0) < recogniser.threshold(8)


def test_a_person_is_not_looked_for_by_artwork() -> None:
    recogniser = ArtworkRecogniser()
    assert one(recogniser, gallery(recogniser, SubjectKind.PERSON, ann=poster(1)), scene(poster(1))) == []


def test_templates_of_another_encoder_are_left_alone() -> None:
    recogniser = ArtworkRecogniser()
    other = Template("lion", "r", "face-9", {"vector": np.ones(4, np.float32)})
    looked_for = Gallery({"lion": GallerySubject("lion", "Lion", SubjectKind.MARK)}, [other])
    assert one(recogniser, looked_for, scene(poster(1))) == []


def test_an_empty_gallery_finds_nothing() -> None:
    assert one(ArtworkRecogniser(), Gallery({}), scene(poster(1))) == []


def test_sights_in_one_shot_are_one_appearance_and_in_two_shots_two() -> None:
    recogniser = ArtworkRecogniser()
    looked_for = gallery(recogniser, lion=poster(1))
    frames = [Frame(i * 0.25, scene(poster(1), at=(200 + 12 * i, 180)), 0 if i < 12 else 1) for i in range(24)]
    first, second = watch(recogniser, looked_for, *frames)
    assert (first.appearance.t_start, first.appearance.t_end) == (0.0, 2.5)
    assert (second.appearance.t_start, second.appearance.t_end) == (3.0, 5.5)
    boxes = [o.box.x1 for o in first.appearance.observations]
    assert boxes == sorted(boxes)
    assert len(boxes) == 6


def test_artwork_that_leaves_and_comes_back_is_two_appearances() -> None:
    recogniser = ArtworkRecogniser()
    looked_for = gallery(recogniser, lion=poster(1))
    shown = [Frame(float(t), scene(poster(1) if t < 3 or t > 8 else None), 0) for t in range(12)]
    first, second = watch(recogniser, looked_for, *shown)
    assert (first.appearance.t_start, first.appearance.t_end) == (0.0, 2.0)
    assert (second.appearance.t_start, second.appearance.t_end) == (9.0, 11.0)


def test_frames_in_which_nothing_moves_are_looked_at_once() -> None:
    recogniser = ArtworkRecogniser()
    looked_for = gallery(recogniser, lion=poster(1))
    image = scene(poster(1))
    watch(recogniser, looked_for, Frame(0.0, image, 0))
    start = time.process_time()
    watch(recogniser, looked_for, Frame(0.0, image, 0))
    once = time.process_time() - start
    start = time.process_time()
    (finding,) = watch(recogniser, looked_for, *(Frame(i * PERIOD, image, 0) for i in range(60)))
    assert time.process_time() - start < 10 * once
    assert finding.appearance.t_end == 59 * PERIOD


def hostile_pictures() -> dict[str, Image]:
    rng = np.random.default_rng(5)
    board = (np.indices((480, 640)).sum(axis=0) // 8 % 2 * 255).astype(np.uint8)
    return {
        "one pixel": np.zeros((1, 1, 3), np.uint8),
        "thread": rng.integers(0, 255, (2, 5000, 3), dtype=np.uint8),
        "flat": np.full((360, 640, 3), 7, np.uint8),
        "noise": rng.integers(0, 255, (360, 640, 3), dtype=np.uint8),
        "chequered": np.repeat(board[..., None], 3, axis=2),
    }


@pytest.mark.parametrize("name", hostile_pictures())
def test_hostile_frames_are_survived_and_show_nothing(name: str) -> None:
    recogniser = ArtworkRecogniser()
    looked_for = gallery(recogniser, lion=poster(1), board=poster(6))
    found = one(recogniser, looked_for, hostile_pictures()[name])
    assert not [c for f in found for c in f.candidates if c.score >= recogniser.threshold(2)]


@pytest.mark.parametrize(
    ("picture", "why"),
    [
        (np.full((300, 300, 3), 200, np.uint8), "0 distinct details"),
        (poster(1)[:10, :10], "too small"),
        (np.zeros((1, 1, 3), np.uint8), "too small"),
    ],
)
def test_a_picture_that_cannot_serve_is_refused_with_advice(picture: Image, why: str) -> None:
    with pytest.raises(ReferenceRefused, match=why) as caught:
        ArtworkRecogniser().enrol(picture)
    assert caught.value.remedy.startswith("Use ")


def test_a_stronger_match_or_a_smaller_gallery_expects_fewer_false_matches() -> None:
    recogniser = ArtworkRecogniser()
    expected = [recogniser.expected_false_matches(score_of(n), 20) for n in range(5, 40)]
    assert all(a > b for a, b in pairwise(expected))
    assert recogniser.expected_false_matches(score_of(9), 10) < recogniser.expected_false_matches(score_of(9), 1000)
    assert recogniser.threshold(10) < recogniser.threshold(1000) < 1


def test_frames_of_one_shot_may_differ_in_size() -> None:
    recogniser = ArtworkRecogniser()
    looked_for = gallery(recogniser, lion=poster(1))
    small = cv2.resize(scene(), (320, 240))
    frames = (Frame(0.0, small, 0, 1.0), Frame(2 * PERIOD, scene(poster(1)), 0, 1.0), Frame(4 * PERIOD, small, 0, 1.0))
    (finding,) = watch(recogniser, looked_for, *frames)
    assert finding.candidates[0].subject_id == "lion"
