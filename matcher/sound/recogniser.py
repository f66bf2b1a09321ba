"""The sound of protected clips, found again in media in which a stretch of it is heard. No model is needed.

What its errors are measured on: `python -m benchmarks sound-copies`. From none in n it follows that the rate is at most 3 / n in
19 of 20 cases (the rule of three: Hanley and Lippman-Hand, JAMA 249, 1983). That is how often two different recordings are taken
for the same. How often the same recording is in films that have nothing else in common, as stock music is, nobody measured: each
match counts as having more false ones than a likely match may have.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.errors import MediaUnreadable, NothingInIt, ReferenceRefused
from matcher.sample import Block, Sample, SoundSource, clip_in
from matcher.sound.aligning import WITHIN, SoundIndex, SoundStretch, clearest, stretches_in
from matcher.sound.landmarks import FRAMES, Landmarks, Peaks, joined, landmarks_of, peaks_of
from matcher.sound_bounds import SOUND_RATE
from matcher.types import Appearance, Candidate, Finding, Gallery, ReferenceSpan
from registry.kinds import Modality, SampleKind, SubjectKind
from registry.types import Template

KINDS = (SubjectKind.FOOTAGE,)

VOTES = 30
"""From so many on a recording is the same; THRESHOLD of a score."""

THRESHOLD = 0.5

PAIRS = 210_500
"""Excerpts of up to 10 s with recordings of about 12 s that are others, none of which was taken for the same."""

AT_MOST = 3.0
"""False ones among any number in which none was seen, with a confidence of 95%."""

POSSIBLE, BELOW = 0.006, 0.5
"""What is said of any match in one video with one clip, and of a lower score: nobody measured either."""

VIDEOS = 1000

SHORTEST, LONGEST = 3.0, 300.0
"""Seconds of a clip that are heard when it is enrolled: at least, and about at most."""

LEAST_LANDMARKS = 100
"""Of a clip: fewer are of next to nothing that could be told apart, such as a hum. A second of speech or music has as many."""

PICTURES_ALONE = "It is found by its pictures alone."

UNTIL_READ = "It is found by its pictures alone until its sound can be read."

COMMON = (
    "Whose the recording is, this does not say: music, effects and intros are in films that have nothing else in common. How "
    "often is not known: it counts as more than a likely match may have, so that it is possible at most."
)


class SoundRecogniser:
    """Finds the recordings of a party's clips. See the module for what its figures rest on."""

    modality = Modality.SOUND
    takes = SampleKind.CLIP
    encoder = "landmarks-1"
    pack = "built-in"
    margin = 0.0
    per_reference = 1 / math.log(2)
    """Two clips of one subject count as two."""

    def __init__(self) -> None:
        self._last: tuple[Gallery, list[_Recordings]] | None = None

    def enrol(self, sample: Sample, *, prominent: bool = False) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """``words`` and ``times`` of the landmarks of a clip, see Landmarks, and the ``seconds`` that were heard.

        Of several sound tracks the first is heard in which there is something. Raises NothingInIt where there is none, and
        ReferenceRefused where that cannot be said, since some of it could not be read: another time, or here one day, it may be.
        """
        clip = clip_in(sample)
        try:
            source = None if clip.source is None else clip.source()
            made = None if source is None else _first_heard(source)
        except MediaUnreadable as error:
            raise ReferenceRefused(f"The clip's sound cannot be read: {error.what}", UNTIL_READ) from error
        if made is not None:
            return made
        if source is not None and source.unheard:
            raise ReferenceRefused(" ".join(source.unheard), UNTIL_READ)
        if source is None or not source.tracks:
            raise NothingInIt("The clip has no sound.", PICTURES_ALONE)
        raise NothingInIt("Too little is heard in the clip that could be told apart.", PICTURES_ALONE)

    def looks_for(self, gallery: Gallery) -> bool:
        """Whether any clip with sound is enrolled."""
        return any(_is_heard(template) for template in gallery.of_kinds(self.encoder, KINDS))

    def listen(self, gallery: Gallery) -> "SoundListener":
        """The indexes of a gallery, one for each party, are built once and kept while the same gallery is asked for."""
        if self._last is None or self._last[0] is not gallery:
            wanted = (part.of_kinds(self.encoder, KINDS) for part in gallery.by_party.values())
            heard = ([template for template in templates if _is_heard(template)] for templates in wanted)
            self._last = gallery, [_Recordings.of(templates) for templates in heard if templates]
        return SoundListener(self._last[1])

    def expected_false_matches(self, score: float, gallery_subjects: int) -> float:
        """Per 1,000 videos, as many as a match is counted to have: see the module."""
        rate = POSSIBLE if score >= THRESHOLD else BELOW
        return VIDEOS * -math.expm1(gallery_subjects * math.log1p(-rate))

    def threshold(self, gallery_subjects: int) -> float:  # noqa: ARG002
        """The same in every gallery: none higher was measured."""
        return THRESHOLD


@dataclass(frozen=True)
class _Recordings:
    """A party's recordings, each with whose template it is. tens: how many stretches of WITHIN seconds they have."""

    templates: Sequence[Template]
    index: SoundIndex
    tens: int

    @classmethod
    def of(cls, templates: Sequence[Template]) -> "_Recordings":
        landmarks = [Landmarks(template.arrays["words"], template.arrays["times"]) for template in templates]
        return cls(templates, SoundIndex(landmarks), sum(_tens(float(template.arrays["seconds"][0])) for template in templates))


class SoundListener:
    """Hears once for all parties. says: see matcher.types.Listener."""

    def __init__(self, held: Sequence[_Recordings]) -> None:
        self._held = held
        self._peaks: dict[int, list[Peaks]] = {}
        self._seconds: dict[int, float] = {}
        self.says: tuple[str, ...] = ()

    def hear(self, track: int, block: Block) -> None:
        """The next stretch of a sound track; its peaks alone are kept."""
        self._peaks.setdefault(track, []).append(peaks_of(block.samples, round(block.start * FRAMES)))
        self._seconds[track] = self._seconds.get(track, 0.0) + len(block.samples) / SOUND_RATE

    def conclude(self) -> list[Finding]:
        """A finding for every stretch, party by party; what several tracks share is said once."""
        if self._held and self._seconds and not any(len(part.times) for own in self._peaks.values() for part in own):
            self.says = ("Nothing is heard in it that could be known again: it is silent, or all of it is alike.",)
        tracks = [landmarks_of(joined(self._peaks[track])) for track in sorted(self._peaks)]
        return [finding for held in self._held for finding in self._of(held, tracks)]

    def _of(self, held: _Recordings, tracks: Sequence[Landmarks]) -> list[Finding]:
        pairs = held.tens * sum(map(_tens, self._seconds.values()))
        found = [stretch for landmarks in tracks for stretch in stretches_in(landmarks, held.index)]
        whose = [template.subject_id for template in held.templates]
        return [_finding(held.templates[stretch.recording], stretch, pairs) for stretch in clearest(found, whose)]


def _finding(template: Template, stretch: SoundStretch, pairs: int) -> Finding:
    score = score_of(stretch.votes)
    candidate = Candidate(
        subject_id=template.subject_id,
        reference_id=template.reference_id,
        score=score,
        evidence=evidence(stretch, pairs),
        false_of_kind=max(VIDEOS * (POSSIBLE if score >= THRESHOLD else BELOW), false_ones(pairs)),
        shows=ReferenceSpan(stretch.of_start, stretch.of_end, stretch.of_start),
    )
    return Finding(Appearance(Modality.SOUND, stretch.t_start, stretch.t_end), (candidate,))


def score_of(votes: int) -> float:
    """0 to 1, of landmarks that agree; VOTES of them are THRESHOLD."""
    return -math.expm1(math.log1p(-THRESHOLD) * votes / VOTES)


def false_ones(pairs: int) -> float:
    """Recordings that are taken for the same and are not, in 1,000 videos with so many pairs each, at most: see PAIRS."""
    return VIDEOS * -math.expm1(-AT_MOST / PAIRS * pairs)


def evidence(stretch: SoundStretch, pairs: int) -> tuple[str, ...]:
    """In words: which seconds are which, and how sure that is. pairs: of stretches of 10 s that were compared."""
    return (
        f"At {_clock(stretch.t_start)}-{_clock(stretch.t_end)} of this file the same recording is heard as at "
        f"{_clock(stretch.of_start)}-{_clock(stretch.of_end)} of the clip: {stretch.votes} of its landmarks within "
        f"{WITHIN:.0f} s; {VOTES} are asked for.",
        f"No recording was taken for another in {PAIRS:,} pairs of stretches; among the {pairs:,} here that allows "
        f"{false_ones(pairs):.2g} in 1,000 such videos, at most.",
        COMMON,
    )


def _first_heard(source: SoundSource) -> Mapping[str, NDArray[Any]] | None:
    """What is kept of the first track in which there is something. Raises MediaUnreadable."""
    for track in range(len(source.tracks)):
        landmarks, seconds = _heard(source, track)
        if seconds >= SHORTEST and len(landmarks.words) >= LEAST_LANDMARKS:
            return {"words": landmarks.words, "times": landmarks.times, "seconds": np.array([seconds])}
    return None


def _heard(source: SoundSource, track: int) -> tuple[Landmarks, float]:
    """A track's landmarks, and its seconds; LONGEST of it and what lies in the same block."""
    peaks, seconds = list[Peaks](), 0.0
    for block in source.blocks(track):
        peaks.append(peaks_of(block.samples, round(block.start * FRAMES)))
        seconds = block.start + len(block.samples) / SOUND_RATE
        if seconds > LONGEST:
            break
    return landmarks_of(joined(peaks)), seconds


def _is_heard(template: Template) -> bool:
    """Whether the clip has sound: of one without, that alone is kept."""
    return "words" in template.arrays


def _tens(seconds: float) -> int:
    return max(1, math.ceil(seconds / WITHIN))


def _clock(seconds: float) -> str:
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
