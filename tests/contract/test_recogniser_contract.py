"""What every recogniser keeps to. A further one inherits RecogniserContract and says what it recognises."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from skimage import data

from matcher.artwork import ArtworkRecogniser
from matcher.assemble import recognisers_of
from matcher.errors import ReferenceRefused
from matcher.footage.recogniser import FootageRecogniser
from matcher.packs.adding import add
from matcher.packs.store import load_folder
from matcher.sample import Block, ClipSample, Frame, RecordingSample, Sample, SoundTrack
from matcher.sound.recogniser import SoundRecogniser
from matcher.sound_bounds import SOUND_RATE
from matcher.types import (
    Appearance,
    Candidate,
    Finding,
    Gallery,
    GallerySubject,
    Listening,
    Observation,
    Recogniser,
    Watching,
)
from monitor.recognisers import MODEL_FREE
from registry.kinds import PRESENT_IN, SAMPLE_OF, SampleKind
from registry.types import Image, SubjectKind, Template
from tests.support.drawn_clips import figure, pan, scene
from tests.support.films import film, filmed
from tests.support.quilts import figures, frame_with, quilt
from tests.support.tiny_pictures import exported
from tests.support.tiny_voices import Given, recording, silence, tiny_voice_pack, voice
from tests.support.tunes import sounding, tune


class Silent:
    """A file without sound."""

    tracks: tuple[SoundTrack, ...] = ()
    unheard: ClassVar[list[str]] = []

    def blocks(self, _track: int, _deadline: float = 0.0) -> Iterator[Block]:
        return iter(())


BLANK = np.full((300, 300, 3), 128, np.uint8)


@pytest.fixture(scope="module")
def face(open_pack: Path) -> Recogniser:
    (made,) = recognisers_of(load_folder(open_pack))
    return made


class RecogniserContract:
    kind: SubjectKind
    reference: Sample
    """A sample that shows the subject, or lets it be heard, and nothing else that could be enrolled."""
    blank: Sample = BLANK
    """One of the same kind in which there is nothing."""
    shown: Sequence[Image] | Sequence[Block]
    """A video in which the subject is seen, or a sound in which it is heard."""
    empty: Sequence[Image] | Sequence[Block]
    """One in which nobody is."""
    step = 0.1
    """Seconds from one frame of a video to the next."""

    @pytest.fixture
    def recogniser(self) -> Recogniser:
        raise NotImplementedError

    def gallery(self, recogniser: Recogniser, parties: Sequence[str] = ("a",)) -> Gallery:
        """The subject, enrolled by each of the parties."""
        subjects = {f"s-{party}": GallerySubject(f"s-{party}", "Mascot", self.kind, party) for party in parties}
        arrays = recogniser.enrol(self.reference)
        return Gallery(subjects, tuple(Template(key, f"r-{key}", recogniser.encoder, arrays) for key in subjects))

    def watched(self, recogniser: Recogniser, gallery: Gallery, media: Sequence[Image] | Sequence[Block]) -> list[Finding]:
        if isinstance(media[0], Block):
            assert isinstance(recogniser, Listening)
            assert recogniser.looks_for(gallery) == bool(gallery.of_encoder(recogniser.encoder))
            listener = recogniser.listen(gallery)
            for block in media:
                listener.hear(0, block)
            return listener.conclude()
        watcher = recogniser.watch(gallery)
        for number, picture in enumerate(media):
            watcher.see(Frame(number * self.step, picture, 0))
        return watcher.conclude()

    def length(self) -> float:
        """Seconds of shown."""
        last = self.shown[-1]
        return last.start + len(last.samples) / SOUND_RATE if isinstance(last, Block) else (len(self.shown) - 1) * self.step

    def matched(self, recogniser: Recogniser, found: Sequence[Finding]) -> list[Candidate]:
        """The first candidates that are above the threshold of one subject."""
        return [f.candidates[0] for f in found if f.candidates and f.candidates[0].score >= recogniser.threshold(1)]

    def test_what_was_enrolled_is_found_and_nobody_else(self, recogniser: Recogniser) -> None:
        gallery = self.gallery(recogniser)
        matches = self.matched(recogniser, self.watched(recogniser, gallery, self.shown))
        assert {(match.subject_id, match.reference_id) for match in matches} == {("s-a", "r-s-a")}
        assert self.matched(recogniser, self.watched(recogniser, gallery, self.empty)) == []

    def test_each_party_that_enrolled_it_has_a_finding_of_its_own(self, recogniser: Recogniser) -> None:
        alone = self.matched(recogniser, self.watched(recogniser, self.gallery(recogniser), self.shown))
        both = self.matched(recogniser, self.watched(recogniser, self.gallery(recogniser, ("a", "b")), self.shown))
        assert {match.subject_id for match in both} == {"s-a", "s-b"}
        assert [m for m in both if m.subject_id == "s-a"] == alone

    def test_an_appearance_lies_within_the_video_and_its_frames(self, recogniser: Recogniser) -> None:
        for finding in self.watched(recogniser, self.gallery(recogniser), self.shown):
            seen = finding.appearance
            assert seen.modality == recogniser.modality
            assert 0 <= seen.t_start <= seen.best_t <= seen.t_end <= self.length() + 1e-6
            if seen.best is None:
                assert not seen.observations
            else:
                (height, width), box = self.shown[0].shape[:2], seen.best.box
                assert max(0, box.x1) < min(width, box.x2)
                assert max(0, box.y1) < min(height, box.y2)
            for shows in (candidate.shows for candidate in finding.candidates if candidate.shows):
                assert 0 <= shows.start <= shows.at <= shows.end
            assert all(0 <= candidate.score <= 1 for candidate in finding.candidates)

    def test_findings_hold_no_array_that_could_be_kept_of_a_stranger(self, recogniser: Recogniser) -> None:
        for kind in (Finding, Appearance, Observation, Candidate):
            assert not [field.name for field in fields(kind) if "NDArray" in str(field.type) or "ndarray" in str(field.type)]
        for finding in self.watched(recogniser, self.gallery(recogniser), self.shown):
            assert "array(" not in repr(finding)

    def test_an_empty_gallery_finds_nothing(self, recogniser: Recogniser) -> None:
        assert self.matched(recogniser, self.watched(recogniser, Gallery({}), self.shown)) == []

    def test_templates_of_another_encoder_are_not_read(self, recogniser: Recogniser) -> None:
        subject = GallerySubject("s-a", "Mascot", self.kind, "a")
        other = Template("s-a", "r-s-a", f"{recogniser.encoder}-of-yesterday", {"strange": np.zeros(3)})
        assert self.matched(recogniser, self.watched(recogniser, Gallery({"s-a": subject}, (other,)), self.shown)) == []

    def test_a_watcher_begins_afresh_and_the_same_video_gives_the_same(self, recogniser: Recogniser) -> None:
        gallery = self.gallery(recogniser)
        first = self.watched(recogniser, gallery, self.shown)
        self.watched(recogniser, gallery, self.empty)
        assert self.watched(recogniser, gallery, self.shown) == first

    def test_it_takes_one_kind_of_sample_and_refuses_the_others(self, recogniser: Recogniser) -> None:
        assert recogniser.takes is SAMPLE_OF[recogniser.modality]
        assert recogniser.modality in PRESENT_IN[self.kind]
        others = {
            SampleKind.PICTURE: BLANK,
            SampleKind.CLIP: ClipSample(lambda _rate, _side: iter(())),
            SampleKind.RECORDING: RecordingSample(lambda: Silent()),
        }
        for kind, sample in others.items():
            if kind is not recogniser.takes:
                with pytest.raises(ReferenceRefused, match=f"a {kind.value}"):
                    recogniser.enrol(sample)

    def test_it_says_by_what_it_does_whether_it_needs_frames_or_sound(self, recogniser: Recogniser) -> None:
        assert isinstance(recogniser, Listening if isinstance(self.shown[0], Block) else Watching)

    def test_a_sample_that_shows_nothing_is_refused_with_what_would_do(self, recogniser: Recogniser) -> None:
        for prominent in (False, True):
            with pytest.raises(ReferenceRefused) as refused:
                recogniser.enrol(self.blank, prominent=prominent)
            assert refused.value.what
            assert refused.value.remedy

    def test_enrolling_again_gives_the_same_arrays(self, recogniser: Recogniser) -> None:
        first, again = recogniser.enrol(self.reference), recogniser.enrol(self.reference)
        assert first.keys() == again.keys()
        for name, array in first.items():
            np.testing.assert_array_equal(array, again[name])

    def test_more_subjects_ask_for_no_less_likeness_and_more_likeness_for_no_more_false_matches(
        self, recogniser: Recogniser
    ) -> None:
        limits = [recogniser.threshold(subjects) for subjects in (1, 10, 1000, 100_000)]
        assert limits == sorted(limits)
        rates = [recogniser.expected_false_matches(score, 1000) for score in np.linspace(0, 1, 21)]
        assert rates == sorted(rates, reverse=True)
        assert recogniser.expected_false_matches(0.5, 10) <= recogniser.expected_false_matches(0.5, 1000)
        assert recogniser.per_reference >= 0
        assert recogniser.margin >= 0


def test_those_that_need_no_pack_stand_under_their_modality_and_read_no_others_templates() -> None:
    made = [make() for _, make in MODEL_FREE]
    assert [recogniser.modality for recogniser in made] == [modality for modality, _ in MODEL_FREE]
    assert len({recogniser.encoder for recogniser in made}) == len(made)


class TestArtwork(RecogniserContract):
    kind = SubjectKind.CHARACTER
    reference = figure(1)
    shown = list(pan(figure(1), scene(1)))[:20]
    empty = list(pan(None, scene(1)))[:20]

    @pytest.fixture
    def recogniser(self) -> Recogniser:
        return ArtworkRecogniser()


class TestFigure(RecogniserContract):
    kind = SubjectKind.CHARACTER
    reference = quilt(1)
    shown = [frame_with(quilt(1), 140)] * 3
    empty = [frame_with(quilt(9), 140)] * 3

    @pytest.fixture
    def recogniser(self) -> Recogniser:
        return figures()


class TestFigureOfAnExport(TestFigure):
    """An image encoder in a folder as its publisher exports it, added as it is."""

    @pytest.fixture
    def recogniser(self, exports: Recogniser) -> Recogniser:
        return exports


@pytest.fixture(scope="module", params=["clip", "siglip", "dinov2"])
def exports(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Recogniser:
    folder = exported(tmp_path_factory.mktemp("export") / request.param, request.param)
    (made,) = recognisers_of(add(tmp_path_factory.mktemp("models"), folder))
    return made


def mirrored(picture: Image) -> Image:
    return np.ascontiguousarray(picture[:, ::-1])


class TestFootage(RecogniserContract):
    kind = SubjectKind.FOOTAGE
    step = 0.25
    reference = filmed(list(pan(figure(1), scene(1), 6.0))[::2], 0.25)
    blank = filmed([BLANK] * 24, 0.25)
    shown = list(map(mirrored, pan(figure(1), scene(1), 6.0)))[::2]
    empty = list(film(9, 6.0))[::2]

    @pytest.fixture
    def recogniser(self) -> Recogniser:
        return FootageRecogniser()


class TestFace(RecogniserContract):
    kind = SubjectKind.PERSON
    reference = np.ascontiguousarray(data.astronaut()[..., ::-1])
    shown = [reference] * 20
    empty = [np.ascontiguousarray(data.coffee()[..., ::-1])] * 20

    @pytest.fixture
    def recogniser(self, face: Recogniser) -> Recogniser:
        return face


class TestVoice(RecogniserContract):
    kind = SubjectKind.PERSON
    reference = recording(voice(0, 12.0))
    blank = recording(silence(4.0))
    shown = tuple(Given(voice(0, 8.0, 1)).blocks(0))
    empty = tuple(Given(voice(4, 8.0, 1)).blocks(0))

    @pytest.fixture
    def recogniser(self, tmp_path: Path) -> Recogniser:
        (made,) = recognisers_of(tiny_voice_pack(tmp_path))
        return made


class TestSound(RecogniserContract):
    kind = SubjectKind.FOOTAGE
    reference = sounding(tune(1, 12.0))
    blank = sounding(silence(6.0))
    shown = tuple(Given(tune(1, 12.0)[3 * SOUND_RATE :]).blocks(0))
    empty = tuple(Given(tune(2, 12.0)).blocks(0))

    @pytest.fixture
    def recogniser(self) -> Recogniser:
        return SoundRecogniser()
