"""The sound of a clip that is enrolled: what cannot be read stops no pictures, is told, and is asked for again."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlmodel import select

from matcher.decoding.samples import sample_of
from matcher.errors import MediaUnreadable, NothingInIt, ReferenceRefused
from matcher.footage.recogniser import FootageRecogniser
from matcher.sample import Block, ClipSample, SoundSource
from matcher.scan import look
from matcher.sound.recogniser import SoundRecogniser
from matcher.sound_bounds import SOUND_RATE
from matcher.types import Gallery, GallerySubject, Template
from monitor.enrolment import encode_sample, renew_templates
from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.kinds import PartyKind, SampleKind, SubjectKind
from registry.parties import add_party
from registry.references import add_reference
from registry.subjects import add_subject
from registry.templates import TemplateRow
from tests.support.drawn_clips import encode
from tests.support.films import film
from tests.support.soundtracks import write
from tests.support.tiny_voices import Given, silence, video
from tests.support.tunes import tune, with_sound

BOTH = (FootageRecogniser(), SoundRecogniser())
STOPPED = "Decoding clip.mp4 was stopped: it took more memory than it may."


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    encode(path, film(1, 6.0))
    return path


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as opened:
        yield opened


def stopped() -> SoundSource:
    raise MediaUnreadable(STOPPED, "Save it smaller.")


class Broken(Given):
    """Sound whose reading is stopped on the way."""

    def blocks(self, track: int, deadline: float = 0.0) -> Iterator[Block]:
        yield from super().blocks(track)
        stopped()


class Odd(Given):
    """Sound of which a track is not read."""

    def __init__(self, *tracks: np.ndarray) -> None:
        super().__init__(*tracks)
        self.unheard = ["Sound track 2 was not heard: it claims 1,000 samples a second."]


def clip_of(pictures: Path, source: type[Given] | None, *tracks: np.ndarray) -> ClipSample:
    """The clip with this sound; None: with one that does not open."""
    seen = sample_of(pictures)
    assert isinstance(seen, ClipSample)
    return ClipSample(seen.frames, stopped if source is None else lambda: source(*tracks))


@pytest.mark.parametrize("source", [None, Broken])
def test_sound_that_is_not_read_this_time_stops_no_pictures_and_is_asked_for_again(
    source: type[Given] | None, pictures: Path
) -> None:
    encoded = encode_sample(BOTH, SubjectKind.FOOTAGE, clip_of(pictures, source, tune(1, 6.0)))
    assert set(encoded.arrays) == {"orb-structure-1"}
    assert encoded.without == (), "nothing is kept that says it has no sound"
    assert [warning for warning in encoded.warnings if STOPPED in warning and "until its sound can be read" in warning]


@pytest.mark.parametrize("tracks", [(), (silence(6.0),)])
def test_of_sound_that_is_never_read_it_is_not_said_that_there_is_none(tracks: tuple[np.ndarray, ...], pictures: Path) -> None:
    with pytest.raises(ReferenceRefused, match="Sound track 2 was not heard: it claims 1,000 samples a second") as refused:
        SoundRecogniser().enrol(clip_of(pictures, Odd, *tracks))
    assert not isinstance(refused.value, NothingInIt)
    assert "no sound" not in str(refused.value)


def test_a_track_that_is_heard_serves_beside_one_that_is_not(pictures: Path) -> None:
    assert "words" in SoundRecogniser().enrol(clip_of(pictures, Odd, tune(1, 6.0)))


def test_a_run_says_what_it_could_not_read_and_asks_again(workspace: Workspace, pictures: Path, tmp_path: Path) -> None:
    """A clip with sound at a rate that is not read, and one without: the first is complained of in every run, the other once."""
    odd = write(tmp_path / "odd.mkv", "pcm_s16le", 1000, "mono", np.zeros((1, 6000), np.float32), video=True)
    with workspace.session() as session:
        party = add_party(session, "Studio", PartyKind.STUDIO)
        subject = add_subject(session, party, "The Trailer", SubjectKind.FOOTAGE)
        for path in (odd, pictures):
            add_reference(session, workspace.vault, subject, path.read_bytes(), file_name=path.name, kind=SampleKind.CLIP)
        session.commit()
        sound = (SoundRecogniser(),)
        renewed, problems = renew_templates(workspace, session, sound)
        assert renewed == 1
        assert sorted("odd.mkv" in problem for problem in problems) == [False, True]
        assert [p for p in problems if "(film.mp4): The clip has no sound. It is found by its pictures alone." in p]
        assert [p for p in problems if "(odd.mkv) cannot be used for the sound: Sound track 1 was not heard" in p]
        assert len(session.exec(select(TemplateRow)).all()) == 1
        renewed, problems = renew_templates(workspace, session, sound)
        assert (renewed, ["odd.mkv" in problem for problem in problems]) == (0, [True])


def test_sound_on_eight_channels_is_enrolled_and_found(pictures: Path, tmp_path: Path) -> None:
    surround = with_sound(tmp_path / "surround.mp4", pictures, tune(1, 6.0), "7.1")
    assert found_in(with_sound(tmp_path / "mono.mp4", pictures, tune(1, 6.0)), surround)


def test_sound_that_is_longer_than_its_pictures_is_enrolled_and_found_to_its_end(tmp_path: Path) -> None:
    longer = video(tmp_path / "longer.mp4", tune(1, 12.0), 2.0)
    assert float(SoundRecogniser().enrol(sample_of(longer))["seconds"][0]) == pytest.approx(12, abs=0.5)
    after = video(tmp_path / "after.mp4", tune(1, 12.0)[5 * SOUND_RATE :], 1.0)
    assert found_in(after, longer) == [pytest.approx((5, 12), abs=1)]


def found_in(file: Path, reference: Path) -> list[tuple[float, float]]:
    """Which seconds of the clip are heard in the file, as surely as is asked for."""
    recogniser = SoundRecogniser()
    template = Template("s", "r", recogniser.encoder, recogniser.enrol(sample_of(reference)))
    gallery = Gallery({"s": GallerySubject("s", "The Trailer", SubjectKind.FOOTAGE, "p")}, (template,))
    (findings,) = look(file, gallery, [recogniser]).findings
    first = [finding.candidates[0] for finding in findings]
    return [(c.shows.start, c.shows.end) for c in first if c.shows and c.score >= recogniser.threshold(1)]
