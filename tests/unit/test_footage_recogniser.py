"""What a match of footage says of itself: which seconds show which, how, and how sure that can be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.bands import band
from matcher.footage.following import Stretch
from matcher.footage.recogniser import PAIRS, FootageRecogniser, FootageWatcher, evidence, false_ones
from matcher.footage.thresholds import SURE, THRESHOLD
from matcher.scan import decided
from matcher.types import Frame, Gallery, GallerySubject, Template
from registry.kinds import SubjectKind
from tests.support.drawn_clips import figure, pan, scene
from tests.support.films import film, filmed


def stretch(speed: float = 1.0, mirrored: bool = False) -> Stretch:
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64)
    return Stretch(0, mirrored, 12.0, 19.0, 63.0, 70.0, speed, 0.81, 0.64, (12.0, 15.0, 19.0), corners)


@pytest.mark.parametrize(
    ("speed", "mirrored", "says"),
    [
        (1.0, True, "0:12-0:19 of this file shows 1:03-1:10 of the clip, mirrored."),
        (1.0, False, "0:12-0:19 of this file shows 1:03-1:10 of the clip."),
        (-1.0, False, "0:12-0:19 of this file shows 1:03-1:10 of the clip, backwards."),
        (1.25, False, "0:12-0:19 of this file shows 1:03-1:10 of the clip, at 1.25 times its speed."),
    ],
)
def test_the_spans_of_both_sides_are_said(speed: float, mirrored: bool, says: str) -> None:
    assert evidence(stretch(speed, mirrored), 4800)[0] == says


def test_no_match_is_surer_than_what_was_measured_allows() -> None:
    """The rule of three: none among so many pairs of frames allows three in as many, with 95%."""
    assert false_ones(PAIRS) == pytest.approx(1000 * (1 - np.exp(-3)))
    assert false_ones(4800) == pytest.approx(1000 * 3 * 4800 / PAIRS, rel=0.01)
    recogniser = FootageRecogniser()
    assert recogniser.expected_false_matches(1.0, 1) == recogniser.expected_false_matches(SURE, 1)
    assert band(recogniser.expected_false_matches(THRESHOLD, 1)) == "possible"
    assert recogniser.expected_false_matches(1.0, 1) == pytest.approx(1000 * 3 / 52_248, rel=0.01)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_more_pairs_are_never_surer(one: int, other: int) -> None:
    assert (false_ones(one) <= false_ones(other)) == (one <= other) or false_ones(one) == false_ones(other)
    assert 0 <= false_ones(one) <= 1000


def watched(recogniser: FootageRecogniser, gallery: Gallery, shown: list[np.ndarray]) -> list:
    watcher = recogniser.watch(gallery)
    for number, picture in enumerate(shown):
        watcher.see(Frame(number / 4, picture, 0))
    return watcher.conclude()


def test_longer_videos_and_clips_are_less_sure_and_a_party_knows_nothing_of_anothers() -> None:
    recogniser, shown = FootageRecogniser(), list(film(1, 8.0))[::2]
    subjects = {key: GallerySubject(key, key, SubjectKind.FOOTAGE, party) for key, party in (("a", "p"), ("b", "q"), ("c", "q"))}
    made = {
        "a": recogniser.enrol(filmed(shown, 0.25)),
        "b": recogniser.enrol(filmed(list(film(2, 8.0))[::2], 0.25)),
        "c": recogniser.enrol(filmed(shown, 0.25)),
    }
    templates = {key: Template(key, f"r-{key}", recogniser.encoder, arrays) for key, arrays in made.items()}
    alone = watched(recogniser, Gallery({"a": subjects["a"]}, (templates["a"],)), shown)
    every = watched(recogniser, Gallery(subjects, tuple(templates.values())), shown)
    assert [found for found in every if found.candidates[0].subject_id == "a"] == alone
    chances = {found.candidates[0].subject_id: found.candidates[0].false_of_kind for found in every}
    assert chances["c"] == pytest.approx(2 * chances["a"], rel=0.01), "another clip of the party was compared as well"
    frames = len(shown)
    assert chances["a"] == pytest.approx(false_ones(frames * frames))


def test_another_thing_that_moves_on_the_same_path_is_a_possible_match_at_most() -> None:
    """It does score above the threshold, which no clip of the data did with another: the figure measured there is not given."""
    recogniser = FootageRecogniser()
    arrays = recogniser.enrol(filmed(list(pan(figure(1), scene(1), 6.0))[::2], 0.25))
    gallery = Gallery(
        {"a": GallerySubject("a", "a", SubjectKind.FOOTAGE, "p")}, (Template("a", "r", recogniser.encoder, arrays),)
    )
    other = watched(recogniser, gallery, list(pan(figure(7), scene(9), 6.0))[::2])
    same = watched(recogniser, gallery, list(pan(figure(1), scene(1), 6.0))[::2])
    assert all(found.candidates[0].score < SURE for found in other)
    for found in other:
        if match := decided(found, recogniser, gallery):
            assert band(match.expected_false_matches) == "possible"
            assert any("a possible match at most" in reason for reason in match.reasons)
    (sure,) = [match for found in same if (match := decided(found, recogniser, gallery))]
    assert band(sure.expected_false_matches) == "strong"


def test_without_a_clip_nothing_is_asked_of_a_frame() -> None:
    class Untouched(Frame):
        @property
        def image(self) -> np.ndarray:
            raise AssertionError("pixels were asked for")

    watcher = FootageRecogniser().watch(Gallery({}))
    assert isinstance(watcher, FootageWatcher)
    watcher.see(Untouched(0.0, np.zeros((8, 8, 3), np.uint8), 0))
    assert watcher.conclude() == []
