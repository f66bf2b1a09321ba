"""Boxes, alignment, tracks and pooling: pure functions on arrays."""

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from matcher.face.align import chip, similarity
from matcher.face.detect import AT_ONCE, overlaps, suppress
from matcher.face.quality import frontality, sharpness
from matcher.face.recogniser import prominence
from matcher.face.tracks import FaceInFrame, Track, Tracker, View, divided, pool

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
        assert (overlaps(corners[row][None], corners[keep[i + 1 :]]) <= 0.4).all()


def test_suppression_in_blocks_is_suppression_of_all_at_once() -> None:
    rng = np.random.default_rng(4)
    corners = rng.uniform(0, 300, (3 * AT_ONCE, 2)).astype(np.float32)
    crowd = np.concatenate([corners, corners + rng.uniform(5, 60, corners.shape).astype(np.float32)], axis=1)
    scores = rng.permutation(len(crowd)).astype(np.float32)
    by_hand: list[int] = []
    for row in scores.argsort()[::-1]:
        if not (overlaps(crowd[row][None], crowd[by_hand]) > 0.3).any():
            by_hand.append(int(row))
    assert len(by_hand) > AT_ONCE / 4
    assert suppress(crowd, scores, 0.3).tolist() == by_hand


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


def sighting(t: float, x: float, y: float = 0.0, shot: int = 0) -> FaceInFrame:
    box = np.array([x, y, x + 100, y + 100], np.float32)
    return FaceInFrame(t, shot, box, 0.9, PLACES.astype(np.float32), 0.5)


def follow(*frames: list[FaceInFrame]) -> list[Track]:
    tracker, tracks = Tracker(), []
    for seen in frames:
        tracks += tracker.advance(seen[0].t, seen[0].shot)
        tracker.add(seen)
    return [*tracks, *tracker.open]


def test_two_people_who_cross_keep_their_own_tracks() -> None:
    frames = []
    for i in range(9):
        pair = [sighting(i * 0.25, i * 60.0), sighting(i * 0.25, 480 - i * 60.0, 20.0)]
        frames.append(pair if i % 2 else pair[::-1])
    tracks = follow(*frames)
    assert [len(track.seen) for track in tracks] == [9, 9]
    assert all(len({float(s.box[1]) for s in track.seen}) == 1 for track in tracks)


def test_a_cut_ends_every_track_even_where_the_next_face_stands_in_the_same_place() -> None:
    assert len(follow([sighting(0, 0)], [sighting(0.25, 0, shot=1)])) == 2


def test_a_face_that_was_hidden_for_a_moment_goes_on_and_one_that_left_for_long_does_not() -> None:
    assert len(follow([sighting(0, 0)], [sighting(1.0, 0)])) == 1
    assert len(follow([sighting(0, 0)], [sighting(3.0, 0)])) == 2


def test_a_track_keeps_its_best_views_alone() -> None:
    track = Track([sighting(0, 0)])
    for weight in (0.2, 0.9, 0.5, 0.7, 0.3, 0.8, 0.6, 0.4):
        track.keep(View(weight, track.last.box, np.zeros((4, 4, 3), np.uint8), PLACES, weight))
    assert [view.weight for view in track.views] == [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
    assert track.is_full


def test_the_first_two_views_of_a_track_lie_apart_in_time() -> None:
    track = Track([sighting(0, 0)])
    for t, weight in ((0.0, 0.9), (0.25, 0.8), (2.0, 0.5), (2.25, 0.6)):
        track.keep(View(t, track.last.box, np.zeros((4, 4, 3), np.uint8), PLACES, weight))
    assert [view.t for view in track.apart_first()[:2]] == [0.0, 2.25]


def test_two_faces_in_one_track_are_two_again() -> None:
    track = Track([sighting(i * 0.25, 0) for i in range(8)])
    views = [View(t, track.last.box, np.zeros((4, 4, 3), np.uint8), PLACES, 1.0) for t in (0.0, 0.5, 1.25, 1.75)]
    vectors = np.array([[1, 0.1, 0], [1, 0, 0.1], [0, 1, 0.1], [0.1, 1, 0]], np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    parts = divided(track, views, vectors, 0.3)
    assert [rows.tolist() for _, rows in parts] == [[0, 1], [2, 3]]
    assert [[s.t for s in part.seen] for part, _ in parts] == [[0, 0.25, 0.5, 0.75], [1.0, 1.25, 1.5, 1.75]]
    assert len(divided(track, views, vectors[[0, 1, 0, 1]], 0.3)) == 1


@given(arrays(np.float32, st.tuples(st.integers(1, 10), st.just(8)), elements=st.floats(-1, 1, width=32)), st.data())
def test_pooling_gives_unit_length_and_heeds_weights(vectors: np.ndarray, data: st.DataObject) -> None:
    weights = np.array(data.draw(st.lists(st.floats(0.01, 1), min_size=len(vectors), max_size=len(vectors))))
    assume(np.linalg.norm((vectors * weights[:, None]).sum(axis=0)) > 1e-3)
    assert float(np.linalg.norm(pool(vectors, weights))) == pytest.approx(1, abs=1e-3)
    assert float(np.linalg.norm(pool(vectors, weights) - pool(vectors, weights * 7))) < 1e-3
