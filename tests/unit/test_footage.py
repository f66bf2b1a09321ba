"""Footage is found again in copies by what its frames show and how that changes, and one picture alike tells nothing."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from matcher.errors import ReferenceRefused
from matcher.footage.clip import clip_of
from matcher.footage.following import Stretch
from matcher.footage.table import FootageTable
from matcher.footage.watching import FootageWatch, enrolled
from matcher.types import Frame
from registry.types import Image
from tests.support.drawn_clips import figure, scene

RATE = 4
SURE = 0.4
"""A score above all that clips reach that do not show the footage."""


def moving(seed: int, seconds: float = 5.0) -> list[Image]:
    """A drawn figure that sways before a still drawing."""
    behind = cv2.resize(figure(seed + 100), (480, 270))
    actor, frames = figure(seed, 360), []
    for number in range(round(seconds * RATE)):
        frame = behind.copy()
        x, y = round(120 + 90 * np.sin(number * (0.31 + 0.03 * seed))), round(40 + 30 * np.cos(0.45 * number))
        frame[y : y + 150, x : x + 150] = cv2.resize(actor, (150, 150))
        frames.append(frame)
    return frames


def seen(pictures: Sequence[Image], start: float = 0.0) -> list[Frame]:
    return [Frame(start + number / RATE, picture, 0) for number, picture in enumerate(pictures)]


def found(reference: Sequence[Image], video: Sequence[Image]) -> list[Stretch]:
    clips = [clip_of(enrolled(seen(reference)).arrays())]
    watch = FootageWatch(clips, FootageTable(clips))
    for frame in seen(video):
        watch.see(frame)
    return [stretch for stretch in watch.stretches() if stretch.score > SURE]


def test_an_excerpt_mirrored_and_cropped_between_other_footage_is_found_with_the_spans_of_both() -> None:
    clip = moving(1, 6.0)
    part = [np.ascontiguousarray(cv2.resize(frame[20:240, 60:440][:, ::-1], (480, 270))) for frame in clip[8:20]]
    (stretch,) = found(clip, [*moving(2, 3.0), *part, *moving(2, 3.0)])
    assert stretch.mirrored
    assert (stretch.t_start, stretch.t_end) == pytest.approx((3.0, 5.75), abs=1.0)
    assert (stretch.clip_start, stretch.clip_end) == pytest.approx((2.0, 4.75), abs=1.0)


def test_footage_that_runs_backwards_is_found_and_said_to() -> None:
    (stretch,) = found(moving(1), moving(1)[::-1])
    assert stretch.speed < 0


def test_a_small_picture_within_another_video_is_found_where_it_lies() -> None:
    around = moving(3)
    for frame, shown in zip(around, moving(1), strict=True):
        frame[130:260, 230:461] = cv2.resize(shown, (231, 130))
    (stretch,) = found(moving(1), around)
    assert stretch.outline.min(axis=0) == pytest.approx((230 / 480, 130 / 270), abs=0.03)


def test_other_footage_before_the_same_background_is_not_taken_for_it() -> None:
    clip, other = moving(1), moving(1)
    for number, frame in enumerate(other):
        frame[:] = cv2.resize(figure(101), (480, 270))
        cv2.circle(frame, (60 + 18 * number, 200 - 6 * number), 40, (30, 200, 90), -1)
    assert found(clip, other) == []


def test_one_frame_of_it_held_for_long_is_no_footage() -> None:
    assert found(moving(1), [moving(1)[7]] * 20) == []


def test_black_frames_and_strobes_tell_nothing() -> None:
    black, white = np.zeros((270, 480, 3), np.uint8), np.full((270, 480, 3), 255, np.uint8)
    assert found(moving(1), [black] * 20) == []
    assert found(moving(1), [black, white] * 10) == []


@pytest.mark.parametrize(
    ("pictures", "words"),
    [
        ([np.zeros((270, 480, 3), np.uint8)] * 20, "next to nothing"),
        ([scene(1)] * 20, "next to nothing|Nothing moves"),
        ([figure(1)] * 20, "Nothing moves"),
        (moving(1, 2.0), "seconds long"),
        ([], "seconds long"),
    ],
)
def test_what_cannot_serve_is_refused_with_what_would(pictures: Sequence[Image], words: str) -> None:
    with pytest.raises(ReferenceRefused, match=words) as refused:
        enrolled(seen(pictures))
    assert refused.value.remedy
