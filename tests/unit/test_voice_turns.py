"""Who speaks when: spans of speech, windows in them, and windows put together by speaker."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.sound_bounds import SOUND_RATE
from matcher.voice import turns
from matcher.voice.speech import STEP, Span, spans_of
from matcher.voice.turns import SHORTEST, WINDOW, speakers_of, windows_of

SPANS = st.lists(st.tuples(st.integers(1, 2 * SOUND_RATE), st.integers(1, 20 * SOUND_RATE)), max_size=12)


def spans(gaps: list[tuple[int, int]]) -> list[Span]:
    made, place = [], 0
    for gap, length in gaps:
        made.append(Span(place + gap, place + gap + length))
        place += gap + length
    return made


@given(probabilities=st.lists(st.floats(0, 1, width=32), max_size=200), more=st.integers(-STEP + 1, 0))
def test_spans_come_in_order_within_the_sound(probabilities: list[float], more: int) -> None:
    samples = max(0, len(probabilities) * STEP + more)
    found = spans_of(np.array(probabilities, np.float32), samples)
    assert all(0 <= span.start < span.end <= samples for span in found)
    assert all(a.start < b.start for a, b in pairwise(found))


def test_a_breath_ends_no_span_and_a_click_makes_none() -> None:
    speech, breath, pause, click = [0.9] * 20, [0.1] * 3, [0.1] * 12, [0.9] * 3
    found = spans_of(np.array([*pause, *speech, *breath, *speech, *pause, *click, *pause], np.float32), 99 * STEP)
    assert len(found) == 1
    assert found[0].seconds == pytest.approx(43 * STEP / SOUND_RATE, abs=0.1)


@given(gaps=SPANS)
def test_windows_are_of_speech_and_neither_too_short_nor_too_long(gaps: list[tuple[int, int]]) -> None:
    given_, found = spans(gaps), windows_of(spans(gaps))
    assert all(SHORTEST - 0.01 <= window.seconds <= 1.5 * WINDOW + 0.01 for window in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    if found:
        assert given_[0].start <= found[0].start
        assert found[-1].end <= given_[-1].end


def dialogue(turns_: str, seed: int = 3) -> tuple[list[Span], np.ndarray]:
    """Windows of 2 s, spoken by A, B, ..., with vectors that differ as those of noisy speech do."""
    random, length = np.random.default_rng(seed), 2 * SOUND_RATE
    voices = {name: random.normal(size=192) for name in sorted(set(turns_))}
    vectors = np.array([voices[name] + 0.7 * random.normal(size=192) for name in turns_], np.float32)
    windows = [Span(i * length, (i + 1) * length) for i in range(len(turns_))]
    return windows, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_each_speaker_has_the_windows_in_which_they_speak() -> None:
    windows, vectors = dialogue("AAABBAAB")
    first, second = speakers_of(windows, vectors)
    assert [(span.start // (2 * SOUND_RATE), span.end // (2 * SOUND_RATE)) for span in first.spans] == [(0, 3), (5, 7)]
    assert [(span.start // (2 * SOUND_RATE), span.end // (2 * SOUND_RATE)) for span in second.spans] == [(3, 5), (7, 8)]
    assert first.seconds == 10
    assert float(first.vector @ second.vector) < 0.2
    assert float(np.linalg.norm(first.vector)) == pytest.approx(1, abs=1e-5)


def test_a_lone_window_is_a_speaker() -> None:
    windows, vectors = dialogue("A")
    (speaker,) = speakers_of(windows, vectors)
    assert speaker.spans == tuple(windows)


def test_a_sound_of_hours_is_put_together_in_blocks_with_the_same_speakers(monkeypatch: pytest.MonkeyPatch) -> None:
    windows, vectors = dialogue("AABBCACBABCCBAABCABC" * 2)
    whole = speakers_of(windows, vectors)
    monkeypatch.setattr(turns, "AT_ONCE", 7)
    in_blocks = speakers_of(windows, vectors)
    assert {speaker.spans for speaker in whole} == {speaker.spans for speaker in in_blocks}
    assert len(whole) == 3


def test_a_window_in_which_one_takes_over_from_another_does_not_make_one_of_them() -> None:
    windows, vectors = dialogue("AAAABBBBAAAABBBB")
    for change in (3, 7, 11):
        both = vectors[change] + vectors[change + 1]
        vectors[change] = both / np.linalg.norm(both)
    assert len(speakers_of(windows, vectors)) == 2


def test_a_group_that_two_speakers_share_is_divided_and_one_speakers_is_not() -> None:
    windows, vectors = dialogue("AAAABBBB")
    lengths = np.array([window.seconds for window in windows])
    assert turns._divided(vectors, lengths, np.zeros(8, int)).tolist() == [0] * 4 + [1] * 4
    windows, vectors = dialogue("AAAAAAAA")
    assert turns._divided(vectors, lengths, np.zeros(8, int)).tolist() == [0] * 8
