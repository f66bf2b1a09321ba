import cv2
import numpy as np
import pytest

from matcher.artwork_features import extract, mirrored, root


def drawing(seed: int = 3, size: tuple[int, int] = (240, 320)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    picture = np.full((*size, 3), 240, np.uint8)
    for _ in range(40):
        x, y, radius = int(rng.integers(size[1])), int(rng.integers(size[0])), int(rng.integers(4, 30))
        colour = tuple(int(c) for c in rng.integers(0, 255, 3))
        if rng.random() < 0.5:
            cv2.circle(picture, (x, y), radius, colour, -1)
        else:
            cv2.rectangle(picture, (x, y), (x + radius, y + 2 * radius), colour, 2)
    return picture


def test_never_more_features_than_asked_for_and_the_strongest_stay() -> None:
    many, _ = extract(drawing(), most=400, longest=400)
    few, _ = extract(drawing(), most=30, longest=400)
    assert len(many.points) > 60
    assert len(few.points) == len(few.descriptors) == 30
    spots = {tuple(p) for p in np.round(many.points[:60, :2]).tolist()}
    assert sum(tuple(p) in spots for p in np.round(few.points[:, :2]).tolist()) >= 25


def test_large_pictures_are_looked_at_small_and_small_ones_enlarged() -> None:
    large, by = extract(drawing(size=(960, 1280)), most=50, longest=512)
    assert large.size == (512, 384)
    assert by == pytest.approx(2.5)
    small, by = extract(drawing(size=(75, 100)), most=50, longest=384, shortest=300)
    assert small.size == (300, 225)
    assert by == pytest.approx(1 / 3)


def test_mirrored_features_are_those_of_the_mirrored_picture() -> None:
    picture = drawing()
    expected, _ = extract(np.ascontiguousarray(picture[:, ::-1]), most=200, longest=400)
    ours = mirrored(extract(picture, most=200, longest=400)[0])
    alike = root(ours.descriptors) @ root(expected.descriptors).T
    partner = alike.argmax(axis=1)
    assert np.median(alike.max(axis=1)) > 0.99
    near = np.linalg.norm(ours.points[:, :2] - expected.points[partner, :2], axis=1) < 2
    assert near.mean() > 0.7  # the drawing repeats itself: some features have several likes
    turned = np.abs((ours.points[:, 3] - expected.points[partner, 3] + 180) % 360 - 180)
    assert np.median(turned[near]) < 3


def test_mirroring_twice_changes_nothing() -> None:
    features, _ = extract(drawing(), most=100, longest=400)
    again = mirrored(mirrored(features))
    np.testing.assert_array_equal(again.descriptors, features.descriptors)
    np.testing.assert_allclose(again.points, features.points, atol=1e-3)


def test_root_form_is_of_unit_length_even_of_nothing() -> None:
    descriptors = np.vstack([np.zeros(128), np.arange(128)]).astype(np.uint8)
    np.testing.assert_allclose(np.linalg.norm(root(descriptors), axis=1), 1.0, atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 4000, 3), (4000, 3, 3), (15, 15, 3), (200, 300, 3)])
def test_pictures_with_nothing_in_them_have_no_features(shape: tuple[int, int, int]) -> None:
    features, _ = extract(np.full(shape, 130, np.uint8), most=100, longest=512, shortest=300)
    assert features.points.shape == (0, 4)
    assert features.descriptors.shape == (0, 128)


def test_noise_costs_no_more_features_than_allowed() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (360, 512, 3), dtype=np.uint8)
    features, _ = extract(noise, most=500, longest=512)
    assert len(features.points) == 500
