"""Who needs frames gets frames, and who needs sound gets sound, read once: with sound alone, pictures alone, and both."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.stream import Disposition

from matcher.artwork import ArtworkRecogniser
from matcher.decoding.confined_reader import look_confined
from matcher.errors import MediaUnreadable
from matcher.media.sound import SoundReader
from matcher.sample import Block, Sample, recording_in
from matcher.scan import NO_SOUND, Limits, look, scan
from matcher.sound_bounds import SOUND_RATE
from matcher.types import Appearance, Candidate, Finding, Gallery, GallerySubject, Listener, Template
from registry.kinds import Modality, SampleKind, SubjectKind
from tests.support.drawn_clips import figure
from tests.support.soundtracks import film, tone


class Whistles:
    """Hears whistles by their pitch: the simplest recogniser that needs sound alone."""

    modality, encoder, pack, takes = Modality.VOICE, "whistle-1", "test", SampleKind.RECORDING
    margin, per_reference = 0.0, 0.0

    def __init__(self) -> None:
        self.blocks = 0

    def enrol(self, sample: Sample, *, prominent: bool = False) -> Mapping[str, Any]:
        (block,) = recording_in(sample).source().blocks(0)
        return {"pitch": np.array([pitch(block)])}

    def expected_false_matches(self, score: float, gallery_subjects: int) -> float:
        return 0.1 * gallery_subjects * (1 - score)

    def threshold(self, gallery_subjects: int) -> float:
        return 0.9

    def looks_for(self, gallery: Gallery) -> bool:
        return bool(gallery.of_encoder(self.encoder))

    def listen(self, gallery: Gallery) -> Listener:
        return _Heard(self, gallery.of_encoder(self.encoder))


class _Heard:
    def __init__(self, whistles: Whistles, templates: Sequence[Template]) -> None:
        self._whistles, self._templates = whistles, templates
        self._found: list[Finding] = []
        self.says: list[str] = []

    def hear(self, track: int, block: Block) -> None:
        self._whistles.blocks += 1
        heard = pitch(block)
        candidates = [
            Candidate(t.subject_id, t.reference_id, 1.0, (f"Heard in track {track + 1}.",))
            for t in self._templates
            if abs(float(t.arrays["pitch"][0]) - heard) < 5
        ]
        seen = Appearance(Modality.VOICE, block.start, block.start + len(block.samples) / SOUND_RATE)
        self._found.append(Finding(seen, tuple(candidates)))

    def conclude(self) -> list[Finding]:
        if not self._found:
            self.says.append("Nothing was whistled.")
        return self._found


def pitch(block: Block) -> float:
    return float(np.abs(np.fft.rfft(block.samples)).argmax() * SOUND_RATE / len(block.samples))


@pytest.fixture
def enrolled(tmp_path: Path) -> Gallery:
    whistles, file = Whistles(), tone(tmp_path / "ada.wav", 700)
    made = whistles.enrol(_recording(file))
    return Gallery({"s": GallerySubject("s", "Ada", SubjectKind.PERSON)}, (Template("s", "r", whistles.encoder, made),))


def _recording(file: Path) -> Sample:
    from matcher.sample import RecordingSample

    return RecordingSample(lambda: SoundReader(file))


def test_sound_without_pictures_is_no_failure_where_somebody_listens(enrolled: Gallery, tmp_path: Path) -> None:
    file, both = tone(tmp_path / "talk.wav", 700), [ArtworkRecogniser(), Whistles()]
    result = scan(file, enrolled, both)
    (match,) = result.matches
    assert (result.failure, result.kind, result.duration, match.subject_id) == (None, "sound", 2.0, "s")
    assert (match.appearance.best, match.appearance.observations, match.appearance.best_t) == (None, (), 0.0)
    assert not any("frame" in reason for reason in match.reasons)
    assert scan(file, Gallery({}), both).failure is not None, "nobody is listened for"
    assert scan(file, enrolled, [ArtworkRecogniser()]).failure is not None
    assert look_confined(file, enrolled, both).findings == look(file, enrolled, both).findings


def test_of_a_film_the_frames_go_to_one_and_the_sound_to_the_other_and_it_is_read_once(enrolled: Gallery, tmp_path: Path) -> None:
    file = film(tmp_path / "film.mp4", tone(tmp_path / "talk.wav", 700))
    one, other = Whistles(), Whistles()
    result = scan(file, enrolled, [ArtworkRecogniser(), one, other])
    assert (one.blocks, other.blocks) == (1, 1)
    assert {match.subject_id for match in result.matches} == {"s"}
    assert (result.kind, result.failure, result.warnings) == ("video", None, ())
    assert result.frames_looked_at > 4


def test_a_film_without_sound_is_no_failure_and_says_so_only_where_somebody_is_listened_for(
    enrolled: Gallery, tmp_path: Path
) -> None:
    file = film(tmp_path / "silent.mp4", None)
    listening = scan(file, enrolled, [ArtworkRecogniser(), Whistles()])
    assert (listening.failure, listening.matches, listening.warnings) == (None, (), (NO_SOUND,))
    nobody = scan(file, Gallery({}), [ArtworkRecogniser(), Whistles()])
    assert (nobody.failure, nobody.warnings) == (None, ())


def test_sound_is_not_read_where_nobody_is_listened_for(enrolled: Gallery, tmp_path: Path) -> None:
    file, whistles = film(tmp_path / "film.mp4", tone(tmp_path / "talk.wav", 700)), Whistles()
    result = scan(file, Gallery({}), [whistles])
    assert (result.failure, whistles.blocks, result.warnings) == (None, 0, ())


def test_what_cannot_be_read_is_still_a_failure(enrolled: Gallery, tmp_path: Path) -> None:
    (tmp_path / "talk.wav").write_bytes(b"RIFF nothing of the sort")
    failure = scan(tmp_path / "talk.wav", enrolled, [Whistles()]).failure
    assert failure is not None
    assert failure.remedy


def test_a_picture_has_no_sound_to_speak_of(enrolled: Gallery, tmp_path: Path) -> None:
    import cv2

    cv2.imwrite(str(tmp_path / "picture.png"), figure(1))
    result = scan(tmp_path / "picture.png", enrolled, [ArtworkRecogniser(), Whistles()])
    assert (result.failure, result.warnings) == (None, ())


def test_a_film_whose_pictures_are_damaged_is_heard_and_said_to_be_unseen(enrolled: Gallery, tmp_path: Path) -> None:
    file, both = (
        without_pictures(film(tmp_path / "film.mp4", tone(tmp_path / "talk.wav", 700))),
        [ArtworkRecogniser(), Whistles()],
    )
    said = scan(file, Gallery({}), both).failure
    assert said is not None, "nobody is listened for"
    for result in (scan(file, enrolled, both), look_confined(file, enrolled, both)):
        assert (result.share, result.unseen) == (0.0, (said.what,))
    result = scan(file, enrolled, both)
    assert (result.failure, result.in_part, result.frames_looked_at) == (None, True, 0)
    assert {match.subject_id for match in result.matches} == {"s"}
    mute = without_pictures(film(tmp_path / "mute.mp4", None))
    assert scan(mute, enrolled, both).failure is not None


def without_pictures(film: Path) -> Path:
    """The file with all of its coded pictures struck out, and its sound as it was."""
    with av.open(str(film)) as made:
        packets = [(packet.pos, packet.size) for packet in made.demux(video=0) if packet.size]
    data = bytearray(film.read_bytes())
    for start, size in packets:
        data[start : start + size] = bytes(size)
    film.write_bytes(data)
    return film


def test_sound_that_cannot_be_opened_is_told_and_is_not_no_sound(enrolled: Gallery, tmp_path: Path) -> None:
    def stopped(path: Path) -> SoundReader:
        raise MediaUnreadable(f"Decoding {path.name} was stopped: it took more memory than it may.", "Save it smaller.")

    file = film(tmp_path / "film.mp4", tone(tmp_path / "talk.wav", 700))
    seen = look(file, enrolled, [ArtworkRecogniser(), Whistles()], open_sound=stopped)
    assert seen.warnings == ()
    assert seen.unseen == ("Its sound was not heard: Decoding film.mp4 was stopped: it took more memory than it may.",)
    assert not seen.heard


def test_music_with_a_cover_is_listened_to(enrolled: Gallery, tmp_path: Path) -> None:
    file, both = covered(tmp_path / "song.mp3", tone(tmp_path / "talk.wav", 700)), [ArtworkRecogniser(), Whistles()]
    result = scan(file, enrolled, both)
    assert (result.failure, result.kind, result.warnings) == (None, "image", ())
    assert {match.subject_id for match in result.matches} == {"s"}
    assert look_confined(file, enrolled, both).heard


def covered(path: Path, sound: Path) -> Path:
    """The sound as MP3, with an attached picture."""
    import cv2

    cv2.imwrite(str(path.with_suffix(".jpg")), figure(1))
    drawn = str(path.with_suffix(".jpg"))
    with av.open(str(path), "w") as made, av.open(drawn) as cover, av.open(str(sound)) as source:
        audio = made.add_stream("mp3", rate=SOUND_RATE, layout="mono")
        picture = made.add_stream_from_template(cover.streams.video[0])
        picture.disposition = Disposition.attached_pic
        for packet in cover.demux():
            if packet.size:
                packet.stream = picture
                made.mux(packet)
        for frame in source.decode(audio=0):
            made.mux(audio.encode(frame))
        made.mux(audio.encode())
    return path


def test_sound_of_which_nothing_is_heard_is_a_failure(enrolled: Gallery, tmp_path: Path) -> None:
    file = tone(tmp_path / "talk.wav", 700)
    result = scan(file, enrolled, [Whistles()], Limits(seconds=0.0))
    assert result.failure is not None
    assert "too long" in result.failure.what
