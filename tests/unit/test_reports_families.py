"""Whether two matches in videos that share footage are one appearance: by their seconds, and by their place in the picture."""

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matcher.footage.following import Stretch
from registry.types import Modality
from reports.families.agreeing import agree
from reports.matches import MatchRow

SIZE = (640.0, 360.0)
AT = datetime(2026, 11, 18, tzinfo=UTC)


def row(start: float, end: float, box: tuple[float, float, float, float] | None = (100, 100, 180, 180)) -> MatchRow:
    times = np.arange(start, end + 0.01, 0.5)
    left, top, right, bottom = box or (None,) * 4
    return MatchRow(
        id=f"{start}-{end}-{box}",
        capture_id="c",
        subject_id="s",
        reference_id="r",
        modality=Modality.FACE if box else Modality.VOICE,
        t_start=start,
        t_end=end,
        best_t=start,
        best_x1=left,
        best_y1=top,
        best_x2=right,
        best_y2=bottom,
        boxes=[[float(t), *box] for t in times] if box else [],
        score=0.9,
        threshold=0.5,
        margin=0.1,
        expected_false_matches=0.1,
        encoder="e",
        pack="p",
        found_at=AT,
    )


def shared(
    start: float, end: float, of: float, speed: float = 1.0, mirrored: bool = False, place: tuple[float, float, float] = (0, 0, 1)
) -> Stretch:
    """The earlier video from second ``of`` on, whose picture has its corner at x, y of the frame and this share of its sides."""
    x, y, side = place
    corners = np.array([[x, y], [x + side, y], [x + side, y + side], [x, y + side]], np.float64)
    last = of + (end - start) * abs(speed)
    return Stretch(0, mirrored, start, end, of, last, speed, 0.9, 0.9, (start, end), corners)


def test_the_same_seconds_at_the_same_place_are_one_appearance() -> None:
    assert agree(row(12, 18), SIZE, row(2, 8), SIZE, shared(10, 20, 0))


def test_other_seconds_or_another_place_are_not() -> None:
    assert not agree(row(16, 19), SIZE, row(2, 5), SIZE, shared(10, 20, 0))
    assert not agree(row(30, 36), SIZE, row(2, 8), SIZE, shared(10, 20, 0))
    beside = row(12, 18, (400, 100, 480, 180))
    assert not agree(beside, SIZE, row(2, 8), SIZE, shared(10, 20, 0)), "somebody else in the same footage"


def test_somebody_beside_a_picture_in_the_picture_is_not_who_is_in_it() -> None:
    inner = shared(10, 20, 0, place=(0.6, 0.6, 0.35))
    shown = row(12, 18, (384 + 35, 216 + 35, 384 + 63, 216 + 63))
    assert agree(shown, SIZE, row(2, 8), SIZE, inner)
    assert not agree(row(12, 18), SIZE, row(2, 8), SIZE, inner)


def test_a_mirrored_copy_shows_them_on_the_other_side() -> None:
    other_side = row(12, 18, (640 - 180, 100, 640 - 100, 180))
    assert agree(other_side, SIZE, row(2, 8), SIZE, shared(10, 20, 0, mirrored=True))
    assert not agree(row(12, 18), SIZE, row(2, 8), SIZE, shared(10, 20, 0, mirrored=True))


def test_what_reaches_beyond_the_shared_seconds_is_one_appearance_with_what_lies_in_them() -> None:
    assert agree(row(10, 40), SIZE, row(0, 10), SIZE, shared(10, 20, 0))


def test_a_voice_has_no_place_that_could_differ() -> None:
    assert agree(row(12, 18, None), SIZE, row(2, 8, None), SIZE, shared(10, 20, 0))


@given(
    st.floats(0.8, 1.25),
    st.booleans(),
    st.booleans(),
    st.floats(0, 60),
    st.floats(0, 60),
    st.floats(1.0, 8.0),
    st.floats(0.3, 1.0),
)
def test_any_copy_agrees_with_what_it_was_made_of(
    pace: float, backwards: bool, mirrored: bool, at: float, of: float, seconds: float, side: float
) -> None:
    """Ten seconds of the earlier video, from ``of`` on, are shown from ``at`` on, at that pace, in a part of the frame."""
    speed = -pace if backwards else pace
    stretch = shared(at, at + 10 / pace, of, speed, mirrored, (0, 0, side))
    first = of + 10 - seconds if backwards else of
    left, right = (460, 540) if mirrored else (100, 180)
    own = row(at, at + seconds / pace, (side * left, side * 100, side * right, side * 180))
    assert agree(own, SIZE, row(first, first + seconds), SIZE, stretch)
