"""The figure recogniser with a small encoder that is real: the colours of a coarse grid, centred."""

import numpy as np
import pytest

from matcher.bands import band
from matcher.decide import decide
from matcher.errors import ReferenceRefused
from matcher.face.encode import unit
from matcher.figure.encode import Parts
from matcher.figure.head import Background, fitted, measured, unknown
from matcher.figure.recogniser import FigureRecogniser
from matcher.figure.regions import MOST_CROPS, crops, pooled, regions
from matcher.types import Finding, Frame, Gallery, GallerySubject
from registry.types import Image, SubjectKind, Template
from tests.support.quilts import CALIBRATION, GRID, GridEncoder, figures, frame_with, quilt


def setting() -> tuple[FigureRecogniser, Gallery]:
    recogniser = figures()
    subjects = {n: GallerySubject(n, n, SubjectKind.CHARACTER) for n in ("fox", "owl")}
    subjects["ann"] = GallerySubject("ann", "ann", SubjectKind.PERSON)
    subjects["sign"] = GallerySubject("sign", "sign", SubjectKind.MARK)
    pictures = {"fox": quilt(1), "owl": quilt(2), "ann": quilt(3), "sign": quilt(6)}
    return recogniser, Gallery(subjects, [Template(n, f"ref-{n}", "grid-1", recogniser.enrol(p)) for n, p in pictures.items()])


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
    assert finding.appearance.best is not None
    box = finding.appearance.best.box
    assert (box.x1, box.y1, box.x2, box.y2) == (560, 0, 1040, 480)


def test_of_several_references_the_one_that_it_resembles_is_named() -> None:
    recogniser = figures()
    subject = GallerySubject("fox", "Fox", SubjectKind.CHARACTER)
    styles = {name: recogniser.enrol(quilt(seed)) for name, seed in (("pencil", 1), ("plush", 4), ("sketch", 5))}
    gallery = Gallery({"fox": subject}, [Template("fox", name, "grid-1", arrays) for name, arrays in styles.items()])
    for name, seed in (("pencil", 1), ("plush", 4), ("sketch", 5)):
        (finding,) = watch(recogniser, gallery, Frame(0.0, frame_with(quilt(seed), 0), 0))
        assert finding.candidates[0].reference_id == name


def test_a_match_is_possible_at_most_and_says_why() -> None:
    recogniser, gallery = setting()
    (finding,) = watch(recogniser, gallery, Frame(0.0, frame_with(quilt(1), 0), 0))
    match = decide(finding, recogniser, 2, 2)
    assert match is not None
    assert band(match.expected_false_matches) == "possible"
    assert any("possible at most" in reason for reason in match.reasons)
    assert any("another one in the same style" in reason for reason in match.reasons)


def test_looks_in_one_shot_are_one_appearance() -> None:
    recogniser, gallery = setting()
    frames = [Frame(i * 0.5, frame_with(quilt(2), 0), 0) for i in range(18)]
    (finding,) = watch(recogniser, gallery, *frames)
    assert (finding.appearance.t_start, finding.appearance.t_end) == (0.0, 8.0)
    assert len(finding.appearance.observations) == 3


def test_every_shot_is_looked_at_where_it_begins_and_cuts_cost_no_more_than_two_looks_a_second() -> None:
    looks: list[float] = []

    class Counted(GridEncoder):
        def parts(self, picture: Image) -> Parts:
            looks.append(1.0)
            return super().parts(picture)

    recogniser, (_, gallery) = FigureRecogniser(Counted(), unknown(GRID), "test", CALIBRATION), setting()
    watch(recogniser, gallery, *(Frame(i * 0.25, frame_with(quilt(1), 0), shot=i // 8) for i in range(32)))
    assert len(looks) == 4
    looks.clear()
    watch(recogniser, gallery, *(Frame(i * 0.1, frame_with(quilt(1), 0), shot=i) for i in range(100)))
    assert len(looks) <= 20


def test_strangers_persons_and_marks_are_not_found() -> None:
    recogniser, gallery = setting()
    for stranger in (quilt(50), quilt(51), quilt(3), quilt(6)):
        found = watch(recogniser, gallery, Frame(0.0, frame_with(stranger, 140), 0))
        assert not [c for f in found for c in f.candidates if c.score >= recogniser.threshold(3)]


def test_an_empty_gallery_never_asks_the_encoder() -> None:
    class Failing(GridEncoder):
        def parts(self, picture: Image) -> Parts:
            raise AssertionError("nothing is looked for")

    recogniser = FigureRecogniser(Failing(), unknown(GRID), "test", CALIBRATION)
    assert watch(recogniser, Gallery({}), Frame(0.0, frame_with(quilt(1), 0), 0)) == []


@pytest.mark.parametrize("picture", [np.zeros((1, 1, 3), np.uint8), np.full((300, 300, 3), 90, np.uint8)])
def test_a_picture_without_a_figure_is_refused_with_advice(picture: Image) -> None:
    recogniser, gallery = setting()
    with pytest.raises(ReferenceRefused) as caught:
        recogniser.enrol(picture)
    assert caught.value.remedy.startswith("Use ")
    assert watch(recogniser, gallery, Frame(0.0, picture, 0)) == []


@pytest.mark.parametrize(("width", "height"), [(640, 360), (360, 640), (300, 300), (20, 12), (2000, 3), (1, 5)])
def test_parts_lie_within_the_picture_and_cover_it(width: int, height: int) -> None:
    boxes = regions(width, height)
    assert boxes[0] == (0, 0, width, height)
    assert all(0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height for x1, y1, x2, y2 in boxes)
    assert {max(x2 for _, _, x2, _ in boxes[1:]), min(width, height)} <= {width, min(width, height)}
    assert len(set(boxes)) == len(boxes) <= 1 + 12 + 24 + 36
    assert 1 <= len(crops(width, height)) <= MOST_CROPS


def test_the_mean_over_a_part_of_a_map_is_that_of_its_cells() -> None:
    channels = np.random.default_rng(1).normal(size=(3, 5, 7)).astype(np.float32)
    parts = [(0, 0, 7, 5), (2, 1, 5, 4), (6, 4, 7, 5)]
    means = [channels[:, y1:y2, x1:x2].mean(axis=(1, 2)) for x1, y1, x2, y2 in parts]
    np.testing.assert_allclose(pooled(channels, parts), means, rtol=1e-4, atol=1e-6)


def test_the_head_is_the_ridge_regression_of_own_parts_against_everything_else() -> None:
    """With one subject and a background that is measured, as least squares over all vectors says it."""
    random = np.random.default_rng(2)
    behind = random.normal(size=(500, 8)).astype(np.float32) @ np.diag([3, 2, 1, 1, 1, 0.5, 0.5, 0.2]).astype(np.float32)
    own = (random.normal(size=(1, 8)) * 2).astype(np.float32)
    head = fitted([[own]], measured(behind, 8), ridge=1e-6)
    x = np.concatenate([behind - behind.mean(axis=0), own - behind.mean(axis=0)]).astype(np.float64)
    weight = np.concatenate([np.full(500, 1 / 500), [0.1]])
    y = np.concatenate([np.zeros(500), [1.0]])
    wanted = np.linalg.solve((x * weight[:, None]).T @ x, (x * weight[:, None]).T @ y)
    np.testing.assert_allclose(head.weights[:, 0], wanted, rtol=2e-3, atol=1e-5)


def test_what_a_background_keeps_is_as_wide_as_what_it_was_measured_on() -> None:
    vectors = np.random.default_rng(3).normal(size=(400, 12)).astype(np.float32)
    known = measured(vectors, 12)
    np.testing.assert_allclose(known.covariance(), np.cov(vectors.T, bias=True), atol=1e-4)
    assert measured(vectors, 3).spread.shape == (3, 12)
    assert np.trace(measured(vectors, 3).covariance()) == pytest.approx(np.trace(known.covariance()), rel=1e-3)


def test_more_subjects_leave_a_subjects_score_of_its_own_parts_on_one_scale() -> None:
    random = np.random.default_rng(4)
    known = Background(np.zeros(64, np.float32), np.zeros((0, 64), np.float32), 1 / 64)
    subjects = [unit(random.normal(size=(10, 64)) * 0.05 + random.normal(size=(1, 64))) for _ in range(60)]
    alone, among = (float(fitted([[each] for each in subjects[:n]], known).scores(subjects[0])[0]) for n in (1, 60))
    assert 0.5 < among / alone < 2


def test_each_of_several_styles_scores_as_one_that_is_enrolled_alone() -> None:
    random = np.random.default_rng(5)
    known = unknown(64)
    styles = [unit(random.normal(size=(10, 64)) * 0.05 + random.normal(size=(1, 64))) for _ in range(4)]
    head = fitted([styles], known)
    for style in styles:
        alone = float(fitted([[style]], known).scores(style)[0])
        assert float(head.scores(style)[0]) > 0.8 * alone


def test_what_a_calibration_is_measured_on_is_the_scale_that_it_is_used_on() -> None:
    """And not that of a pack without one, whose scores are shares of what the references score."""
    _, gallery = setting()
    guessed = FigureRecogniser(GridEncoder(), unknown(GRID), "test", None)
    seen = Frame(0.0, frame_with(quilt(1), 280), 0)
    in_shares, measured_on, used_on = (
        watch(each, gallery, seen)[0].candidates[0].score for each in (guessed, guessed.for_measuring(), figures())
    )
    assert measured_on == used_on
    assert in_shares != pytest.approx(used_on, rel=0.05)
