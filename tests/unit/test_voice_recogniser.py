"""Voices found again in files, what is said where too little is spoken, and recordings that are no reference."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.assemble import recognisers_of
from matcher.bands import band
from matcher.errors import ReferenceRefused
from matcher.sample import RecordingSample
from matcher.scan import decided
from matcher.types import Finding, Gallery, GallerySubject
from matcher.voice.appraisal import advice, quality_in
from matcher.voice.recogniser import MOST_SPANS, VoiceRecogniser, run_together
from registry.types import SubjectKind, Template
from tests.support.tiny_voices import Given, recording, silence, tiny_voice_pack, voice


@pytest.fixture(scope="module")
def recogniser(tmp_path_factory: pytest.TempPathFactory) -> VoiceRecogniser:
    return recogniser_in(tmp_path_factory.mktemp("models"))


def recogniser_in(models: Path) -> VoiceRecogniser:
    (made,) = recognisers_of(tiny_voice_pack(models))
    assert isinstance(made, VoiceRecogniser)
    return made


def gallery(recogniser: VoiceRecogniser, people: Sequence[int], kind: SubjectKind = SubjectKind.PERSON) -> Gallery:
    """These people, two recordings each, all of one party."""
    subjects = {f"p{who}": GallerySubject(f"p{who}", f"Person {who}", kind, "a") for who in people}
    made = [
        Template(f"p{who}", f"r{who}-{day}", recogniser.encoder, recogniser.enrol(recording(voice(who, 12, day))))
        for who in people
        for day in (1, 2)
    ]
    return Gallery(subjects, tuple(made))


def heard(recogniser: VoiceRecogniser, among: Gallery, *tracks: np.ndarray) -> tuple[list[Finding], Sequence[str]]:
    listener, source = recogniser.listen(among), Given(*tracks)
    for track in range(len(tracks)):
        for block in source.blocks(track):
            listener.hear(track, block)
    return listener.conclude(), listener.says


def test_who_is_enrolled_is_named_where_they_speak_and_a_stranger_is_nobody(recogniser: VoiceRecogniser) -> None:
    among = gallery(recogniser, (0, 2))
    sound = np.concatenate([voice(4, 6, 9), silence(2), voice(0, 4, 9), silence(3), voice(0, 4, 8)])
    found, says = heard(recogniser, among, sound)
    matches = [match for finding in found if (match := decided(finding, recogniser, among))]
    (match,) = matches
    assert match.subject_id == "p0"
    assert [(round(a), round(b)) for a, b in match.appearance.spans] == [(8, 12), (15, 19)]
    assert (round(match.appearance.t_start), round(match.appearance.t_end)) == (8, 19)
    assert match.appearance.best is None
    assert len(found) == 2
    assert says == ()


def test_a_match_says_that_the_voice_resembles_and_is_possible_at_most(recogniser: VoiceRecogniser) -> None:
    among = gallery(recogniser, (0, 2))
    found, _ = heard(recogniser, among, voice(0, 8, 9))
    match = decided(found[0], recogniser, among)
    assert match is not None
    assert any("resembles" in reason and "no score tells" in reason for reason in match.reasons)
    assert any("possible at most" in reason for reason in match.reasons)
    assert band(match.expected_false_matches) == "possible"


def test_less_than_two_seconds_and_silence_are_too_little_speech_and_nobody(recogniser: VoiceRecogniser) -> None:
    among = gallery(recogniser, (0,))
    found, says = heard(recogniser, among, voice(0, 1.5))
    assert found == []
    assert "too little speech" in says[0]
    assert heard(recogniser, among, silence(5)) == ([], ("The sound is silent.",))


def test_every_sound_track_is_heard(recogniser: VoiceRecogniser) -> None:
    among = gallery(recogniser, (0, 2))
    found, says = heard(recogniser, among, silence(3), voice(2, 5, 7))
    assert [finding.candidates[0].subject_id for finding in found] == ["p2"]
    assert says == ("Sound track 1 is silent.",)


def test_nobody_is_listened_for_who_is_not_enrolled_by_voice(recogniser: VoiceRecogniser) -> None:
    assert not recogniser.looks_for(Gallery({}))
    assert recogniser.looks_for(gallery(recogniser, (0,)))


def test_a_character_is_not_compared_with_voices(recogniser: VoiceRecogniser) -> None:
    found, _ = heard(recogniser, gallery(recogniser, (0,), SubjectKind.CHARACTER), voice(0, 5))
    assert found == []


def test_recordings_that_are_no_reference_are_refused_with_what_would_do(recogniser: VoiceRecogniser) -> None:
    two = recording(voice(0, 5), silence(1), voice(4, 5))
    refused = {
        "1.5 s of speech": recording(voice(0, 1.5), silence(3)),
        "no speech": recording(silence(5)),
        "no sound": RecordingSample(Given),
        "2 people speak": two,
    }
    for why, sample in refused.items():
        with pytest.raises(ReferenceRefused, match=why) as caught:
            recogniser.enrol(sample)
        assert caught.value.remedy
    assert recogniser.enrol(two, prominent=True)["vector"].shape == (80,)


def test_a_recording_is_judged_and_the_judgement_kept_with_its_template(recogniser: VoiceRecogniser) -> None:
    short = quality_in(recogniser.enrol(recording(voice(0, 4), silence(2), voice(4, 1.5))))
    good = quality_in(recogniser.enrol(recording(voice(0, 12), silence(2))))
    assert short is not None
    assert good is not None
    assert any("5 s of speech" in line or "6 s of speech" in line for line in advice(short))
    assert advice(good) == ()


@given(st.lists(st.tuples(st.floats(0.01, 5), st.floats(0.1, 5)), min_size=1, max_size=400))
def test_spans_that_run_together_are_in_order_few_and_hold_all_that_was_spoken(gaps: list[tuple[float, float]]) -> None:
    spans, at = [], 0.0
    for gap, length in gaps:
        spans.append((at + gap, at + gap + length))
        at += gap + length
    made = run_together(spans)
    assert len(made) <= MOST_SPANS
    assert (made[0][0], made[-1][1]) == (spans[0][0], spans[-1][1])
    assert all(a[1] < b[0] for a, b in pairwise(made))
    assert all(any(a <= start and end <= b for a, b in made) for start, end in spans)
