"""Boxes, alignment, tracks and pooling: pure functions on arrays."""

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from matcher.calibration import Typical
from matcher.face.align import chip, similarity
from matcher.face.cohort import Cohort
from matcher.face.detect import overlap, suppress
from matcher.face.patches import MOST_VIEWS, BestViews, cut
from matcher.face.quality import frontality, sharpness
from matcher.face.recogniser import Embedded, join, prominence
from matcher.face.tracks import Seen, Track, Tracker, pool, pool_alike

PLACES = np.array([[38.3, 51.7], [73.5, 51.5], [56.0, 71.7], [41.5, 92.4], [70.7, 92.2]])
coordinates = arrays(np.float64, (5, 2), elements=st.floats(-500, 500, width=32))


@given(st.floats(-3, 3), st.floats(0.2, 5), st.floats(-200, 200), st.floats(-200, 200))
def test_alignment_undoes_any_turn_scale_and_shift(angle: float, scale: float, x: float, y: float) -> None:
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = PLACES @ turn.T + [x, y]
    matrix = similarity(moved, PLACES)
    assert np.allclose(moved @ matrix[:, :2].T + matrix[:, 2], PLACES, atol=1e-6)


@given(coordinates, coordinates)
def test_alignment_of_anything_is_finite_and_never_mirrors(source: np.ndarray, target: np.ndarray) -> None:
    matrix = similarity(source, target)
    assert np.isfinite(matrix).all()
    assert np.linalg.det(matrix[:, :2]) >= -1e-9


def test_a_chip_puts_the_landmarks_on_their_places() -> None:
    image = np.zeros((400, 400, 3), np.uint8)
    marks = PLACES * 2 + 50
    for x, y in marks:
        cv2.circle(image, (round(x), round(y)), 5, (255, 255, 255), -1)
    cut = chip(image, marks, PLACES, 112)
    assert all(cut[round(y), round(x)].min() > 200 for x, y in PLACES)


boxes = arrays(np.float32, st.tuples(st.integers(1, 20), st.just(4)), elements=st.floats(0, 100, width=16))


@given(boxes)
def test_suppression_keeps_the_best_and_nothing_that_overlaps_it(raw: np.ndarray) -> None:
    corners = np.concatenate([raw[:, :2], raw[:, :2] + raw[:, 2:] + 1], axis=1)
    scores = np.linspace(1, 0.5, len(corners), dtype=np.float32)
    keep = suppress(corners, scores, 0.4)
    assert keep[0] == 0
    for i, row in enumerate(keep):
        assert (overlap(corners[row], corners[keep[i + 1 :]]) <= 0.4).all()


def test_of_two_faces_alike_in_size_the_central_one_is_what_the_picture_is_of() -> None:
    central_and_aside = np.array([[90, 90, 190, 190], [0, 0, 105, 105]], np.float32)
    assert prominence(central_and_aside, 280, 280).argmax() == 0


def test_a_frontal_face_tells_more_than_a_profile() -> None:
    profile = np.array([[40, 50], [48, 50], [62, 72], [42, 92], [50, 92]])
    assert frontality(PLACES) > 0.7 > 0.3 > frontality(profile)
    assert frontality(np.zeros((5, 2))) == 0


def test_a_blurred_picture_is_less_sharp() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (96, 96, 3), np.uint8)
    assert sharpness(noise) > sharpness(cv2.GaussianBlur(noise, (9, 9), 4))


def seen(t: float, x: float, shot: int = 0, side: float = 100) -> Seen:
    return Seen(t, shot, np.array([x, 0, x + side, side], np.float32))


def test_two_faces_that_approach_and_part_keep_their_own_tracks() -> None:
    tracker = Tracker()
    for i in range(9):
        away = abs(4 - i) * 40 + 110
        faces = [seen(i * 0.25, 400 - away), seen(i * 0.25, 400 + away)]
        tracker.add(faces if i % 2 else faces[::-1])
    left, right = sorted(tracker.open, key=lambda track: float(track.last.box[0]))
    assert len(left.seen) == len(right.seen) == 9
    assert all(face.box[0] < 400 for face in left.seen)


def test_a_face_that_leaps_its_own_width_between_looks_is_followed_by_size_and_place() -> None:
    tracker = Tracker()
    for i in range(5):
        tracker.add([seen(i * 0.25, 70 * i)])
    assert [len(track.seen) for track in tracker.open] == [5]


def test_a_cut_ends_every_track_even_where_the_next_face_stands_in_the_same_place() -> None:
    tracker = Tracker()
    tracker.add([seen(0, 0)])
    assert len(tracker.close(0.25, 1)) == 1
    tracker.add([seen(0.25, 0, shot=1)])
    assert [len(track.seen) for track in tracker.open] == [1]


def test_a_track_outlives_a_short_gap_and_no_long_one() -> None:
    tracker = Tracker()
    tracker.add([seen(0, 0)])
    assert tracker.close(0.75, 0) == []
    tracker.add([seen(0.75, 0)])
    assert [len(track.seen) for track in tracker.open] == [2]
    assert len(tracker.close(2.0, 0)) == 1


def test_a_face_of_another_size_in_the_same_place_starts_a_track_of_its_own() -> None:
    tracker = Tracker()
    tracker.add([seen(0, 0)])
    tracker.add([seen(0.25, 0, side=300)])
    assert len(tracker.open) == 2


some_vectors = arrays(np.float32, st.tuples(st.integers(1, 10), st.just(8)), elements=st.floats(-1, 1, width=32))


@given(some_vectors, st.data())
def test_pooling_gives_unit_length_and_heeds_weights(vectors: np.ndarray, data: st.DataObject) -> None:
    weights = np.array(data.draw(st.lists(st.floats(0.01, 1), min_size=len(vectors), max_size=len(vectors))))
    assume(np.linalg.norm((vectors * weights[:, None]).sum(axis=0)) > 1e-3)
    assert float(np.linalg.norm(pool(vectors, weights))) == pytest.approx(1, abs=1e-3)
    assert float(np.linalg.norm(pool(vectors, weights) - pool(vectors, weights * 7))) < 1e-3


def test_a_profile_does_not_spoil_the_pool() -> None:
    front = np.eye(8, dtype=np.float32)[0]
    profile = np.eye(8, dtype=np.float32)[1]
    views = np.stack([front, front, front, profile])
    assert float(pool_alike(views, np.array([1, 1, 1, 3.0]), 0.3) @ front) == pytest.approx(1, abs=1e-5)


def embedded(start: float, end: float, vector: np.ndarray, shot: int = 0) -> Embedded:
    return Embedded(Track([seen(start, 0, shot), seen(end, 0, shot)]), start, vector, 1.0)


def test_a_face_that_was_hidden_within_a_shot_is_one_appearance_and_two_people_at_once_are_two() -> None:
    a, b = np.eye(8, dtype=np.float32)[:2]
    assert [w.track.last.t for w in join([embedded(0, 1, a), embedded(3, 4, a)], 0.5)] == [4]
    assert len(join([embedded(0, 1, a), embedded(3, 4, b)], 0.5)) == 2
    assert len(join([embedded(0, 2, a), embedded(1, 4, a)], 0.5)) == 2
    assert len(join([embedded(0, 1, a), embedded(3, 4, a, shot=1)], 0.5)) == 2


def test_the_best_views_are_few_good_and_spread_over_the_track() -> None:
    views, image = BestViews(), np.zeros((200, 200, 3), np.uint8)
    box, marks = np.array([50, 50, 150, 150], np.float32), np.zeros((5, 2), np.float32)
    for i in range(100):
        promised = 0.9 if i % 10 == 0 else 0.3
        if views.wants(promised):
            views.offer(cut(image, i * 0.25, box, marks, promised))
    assert len(views.patches) == MOST_VIEWS
    assert min(p.promise for p in views.patches) == 0.9
    assert views.patches[-1].t - views.patches[0].t > 10


@given(arrays(np.float32, (4,), elements=st.floats(-50, 250, width=16)))
def test_a_patch_is_cut_wherever_the_box_lies(raw: np.ndarray) -> None:
    box = np.concatenate([np.minimum(raw[:2], raw[2:]), np.maximum(raw[:2], raw[2:]) + 20]).astype(np.float32)
    box[:2] = np.clip(box[:2], -20, 180)
    box[2:] = np.maximum(box[2:], box[:2] + 20)
    patch = cut(np.zeros((200, 200, 3), np.uint8), 0.0, box, np.zeros((5, 2), np.float32), 0.5)
    assert patch.image.size > 0


def test_what_a_face_has_in_common_with_everybody_is_taken_off_its_scores() -> None:
    random = np.random.default_rng(5)
    everybody = random.normal(0, 1, (200, 32))
    everybody = (everybody / np.linalg.norm(everybody, axis=1, keepdims=True)).astype(np.float32)
    cohort = Cohort(everybody, Typical(mean=0.3, spread=0.1))
    bland = everybody[:40].mean(axis=0, keepdims=True)
    probes = np.concatenate([(bland / np.linalg.norm(bland)).astype(np.float32), everybody[:1]])
    raw = probes @ everybody.T
    every = cohort.common(everybody).take(np.arange(200)[None].repeat(2, axis=0))
    made = cohort.normalised(raw, cohort.common(probes), every)
    assert raw[0].max() > 0.45
    assert made[1].argmax() == 0
    assert made[1].max() - made[0].max() > raw[1].max() - raw[0].max()
