"""What every recogniser keeps to. A further one inherits RecogniserContract and says what it recognises."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from skimage import data

from matcher.artwork import ArtworkRecogniser
from matcher.assemble import recognisers_of
from matcher.errors import ReferenceRefused
from matcher.figure import FigureRecogniser
from matcher.packs.store import load_folder
from matcher.types import Appearance, Candidate, Finding, Frame, Gallery, GallerySubject, Observation, Recogniser
from registry.types import Image, SubjectKind, Template
from tests.support.drawn_clips import figure, pan, scene
from tests.unit.test_figure_recogniser import CALIBRATION, frame_with, grid_encode, quilt

BLANK = np.full((300, 300, 3), 128, np.uint8)


@pytest.fixture(scope="module")
def face(open_pack: Path) -> Recogniser:
    (made,) = recognisers_of(load_folder(open_pack))
    return made


class RecogniserContract:
    kind: SubjectKind
    reference: Image
    """A picture that shows the subject, and nothing else that could be enrolled."""
    shown: Sequence[Image]
    """A video in which the subject is seen."""
    empty: Sequence[Image]
    """One in which nobody is."""

    @pytest.fixture
    def recogniser(self) -> Recogniser:
        raise NotImplementedError

    def gallery(self, recogniser: Recogniser, parties: Sequence[str] = ("a",)) -> Gallery:
        """The subject, enrolled by each of the parties."""
        subjects = {f"s-{party}": GallerySubject(f"s-{party}", "Mascot", self.kind, party) for party in parties}
        arrays = recogniser.enrol(self.reference)
        return Gallery(subjects, tuple(Template(key, f"r-{key}", recogniser.encoder, arrays) for key in subjects))

    def watched(self, recogniser: Recogniser, gallery: Gallery, pictures: Sequence[Image]) -> list[Finding]:
        watcher = recogniser.watch(gallery)
        for number, picture in enumerate(pictures):
            watcher.see(Frame(number / 10, picture, 0))
        return watcher.conclude()

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
        last, (height, width) = (len(self.shown) - 1) / 10, self.shown[0].shape[:2]
        for finding in self.watched(recogniser, self.gallery(recogniser), self.shown):
            seen = finding.appearance
            assert seen.modality == recogniser.modality
            assert 0 <= seen.t_start <= seen.best.t <= seen.t_end <= last
            box = seen.best.box
            assert max(0, box.x1) < min(width, box.x2)
            assert max(0, box.y1) < min(height, box.y2)
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

    def test_a_picture_that_shows_nothing_is_refused_with_what_would_do(self, recogniser: Recogniser) -> None:
        for prominent in (False, True):
            with pytest.raises(ReferenceRefused) as refused:
                recogniser.enrol(BLANK, prominent=prominent)
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
        return FigureRecogniser(grid_encode, "grid-1", "test", CALIBRATION)


class TestFace(RecogniserContract):
    kind = SubjectKind.PERSON
    reference = np.ascontiguousarray(data.astronaut()[..., ::-1])
    shown = [reference] * 20
    empty = [np.ascontiguousarray(data.coffee()[..., ::-1])] * 20

    @pytest.fixture
    def recogniser(self, face: Recogniser) -> Recogniser:
        return face
