"""References are told apart by their content, and one that a subject's kind cannot have is refused with what to do."""

from pathlib import Path

import cv2
import pytest

from matcher.artwork import ArtworkRecogniser
from matcher.decoding import Bounds, decoding
from matcher.decoding.process import DecodingProcess
from matcher.decoding.samples import sample_of
from matcher.errors import MediaUnreadable, ReferenceRefused
from matcher.sample import ClipSample, RecordingSample, kind_of
from monitor.enrolment import check_sample, encode_sample
from registry.kinds import SampleKind, SubjectKind
from tests.support.drawn_clips import figure
from tests.support.soundtracks import film, tone

HERE = Path(__file__).resolve().parents[3]


@pytest.fixture
def files(tmp_path: Path) -> dict[SampleKind, Path]:
    """One of each kind, under names that say nothing or something else."""
    cv2.imwrite(str(tmp_path / "a.png"), figure(1))
    picture = (tmp_path / "a.png").rename(tmp_path / "really.mp4")
    sound = tone(tmp_path / "tone.wav", 440)
    clip = film(tmp_path / "b.mp4", sound).rename(tmp_path / "clip.png")
    return {SampleKind.PICTURE: picture, SampleKind.CLIP: clip, SampleKind.RECORDING: sound.rename(tmp_path / "noname")}


def test_a_file_is_known_by_its_content_from_its_place_and_from_memory(files: dict[SampleKind, Path]) -> None:
    for kind, file in files.items():
        assert kind_of(sample_of(file)) is kind
        assert kind_of(sample_of(file.read_bytes(), file.name)) is kind


def test_clips_and_recordings_are_read_as_often_as_asked(files: dict[SampleKind, Path]) -> None:
    clip = sample_of(files[SampleKind.CLIP].read_bytes())
    assert isinstance(clip, ClipSample)
    for _ in range(2):
        frames = [(frame.t, frame.within(100).shape) for frame in clip.frames(4, 160)]
        assert len(frames) >= 7
        assert frames[0][1] == (56, 100, 3)
    recording = sample_of(files[SampleKind.RECORDING].read_bytes())
    assert isinstance(recording, RecordingSample)
    for _ in range(2):
        (block,) = recording.source().blocks(0)
        assert len(block.samples) == 32000


def test_what_is_none_of_them_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("no media")
    with pytest.raises(MediaUnreadable) as refused:
        sample_of(tmp_path / "notes.mp4")
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("kind", "given", "says", "remedy"),
    [
        (SubjectKind.MARK, SampleKind.CLIP, "It is a clip; a mark is enrolled with a picture.", "of the kind footage"),
        (SubjectKind.CHARACTER, SampleKind.RECORDING, "a character is enrolled with a picture", "for a person"),
        (SubjectKind.PERSON, SampleKind.CLIP, "a person is enrolled with a picture or a recording", "of the kind footage"),
        (SubjectKind.FOOTAGE, SampleKind.PICTURE, "It is a picture; footage is enrolled with a clip.", "a mark"),
    ],
)
def test_a_sample_that_does_not_fit_is_refused_with_what_to_do(
    kind: SubjectKind, given: SampleKind, says: str, remedy: str, files: dict[SampleKind, Path]
) -> None:
    with pytest.raises(ReferenceRefused) as refused:
        encode_sample([ArtworkRecogniser()], kind, sample_of(files[given]))
    assert says in refused.value.what
    assert remedy in refused.value.remedy


def test_a_fit_sample_that_nothing_here_recognises_is_refused(files: dict[SampleKind, Path]) -> None:
    check_sample(SubjectKind.PERSON, SampleKind.RECORDING)
    with pytest.raises(ReferenceRefused, match="No installed pack recognises a person by a recording"):
        encode_sample([ArtworkRecogniser()], SubjectKind.PERSON, sample_of(files[SampleKind.RECORDING]))


@pytest.mark.parametrize(
    ("word", "says"),
    [("CRASHES", "it crashed"), ("HANGS", "it took longer than 2 s"), ("RAISES", "failed on it")],
)
def test_a_file_that_cost_its_decoder_is_not_given_another(word: str, says: str) -> None:
    with decoding(Bounds(picture_seconds=2 if word == "HANGS" else 60)) as made:
        made.pictures = DecodingProcess(made.bounds.memory, (HERE,), "tests.support.hostile_child:touchy")
        made.pictures.start()
        with pytest.raises(MediaUnreadable, match=says):
            sample_of(word.encode(), "photo.png")
