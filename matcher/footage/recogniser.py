"""Protected clips, found again in videos that show a stretch of them. No model is needed.

What its errors are measured on (`python -m benchmarks footage`): copies of 56 clips in 17 edits, watched for all 56. Of the clips
that they do not show, none reached the threshold: 0 in 23,133,336 pairs of a video's frame and a clip's. From none in n it
follows that the rate is at most 3 / n in 19 of 20 cases (the rule of three: Hanley and Lippman-Hand, JAMA 249, 1983), and nothing
more: a higher score makes no match surer than that. Frames of one scene are not independent, so that it is no bound for videos of
another sort: these are people who talk before a camera.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from matcher.footage.clip import Clip, clip_of
from matcher.footage.following import Stretch
from matcher.footage.table import FootageTable
from matcher.footage.thresholds import SURE, THRESHOLD
from matcher.footage.watching import FootageWatch, Greys, enrolled
from matcher.sample import Sample, clip_in
from matcher.types import Appearance, Box, Candidate, Finding, Frame, Gallery, Observation, ReferenceSpan, Watcher
from registry.kinds import Modality, SampleKind, SubjectKind
from registry.types import Template

KINDS = (SubjectKind.FOOTAGE,)

RATE, LONG_SIDE = 4.0, 1280
"""Frames a second and pixels with which a clip is read: as videos are."""


POSSIBLE = 0.006
"""What is said of a score below SURE in one video with one clip: more than a likely match may have. Nobody measured it."""

PAIRS, COPIES = 23_133_336, 56 * (15 * 55 + 2 * 54)
"""Pairs of frames, and of copies and clips, in which nothing was false. Two of the 17 edits show another clip, too."""

AT_MOST = 3.0
"""False ones among any number in which none was seen, with a confidence of 95%."""

BELOW = 0.5
"""What is said of a lower score: such were seen, and nobody counted how often."""

VIDEOS = 1000
BOX_SECONDS = 1.0
"""Seconds between the places that are kept of a stretch: it lies still in the picture."""


class FootageRecogniser:
    """Finds the stretches of a party's clips. See the module for what its figures rest on."""

    modality = Modality.FOOTAGE
    takes = SampleKind.CLIP
    encoder = "orb-structure-1"
    pack = "built-in"
    margin = 0.0
    per_reference = 1 / math.log(2)
    """Two clips of one subject count as two; more count by what a candidate says of their length."""

    def __init__(self) -> None:
        self._last: tuple[Gallery, list[_Clips]] | None = None

    def enrol(self, sample: Sample, *, prominent: bool = False) -> Mapping[str, NDArray[Any]]:  # noqa: ARG002
        """What is remembered of a clip of 3 s to 5 min; see Clip.arrays. Raises ReferenceRefused, saying what would do."""
        return enrolled(clip_in(sample).frames(RATE, LONG_SIDE)).arrays()

    def watch(self, gallery: Gallery) -> Watcher:
        """The tables of a gallery, one for each party, are built once and kept while the same gallery is asked for."""
        if self._last is None or self._last[0] is not gallery:
            wanted = (part.of_kinds(self.encoder, KINDS) for part in gallery.by_party.values())
            self._last = gallery, [_Clips.of(templates) for templates in wanted if templates]
        return FootageWatcher(self._last[1])

    def expected_false_matches(self, score: float, gallery_subjects: int) -> float:
        """Per 1,000 videos as long as those that were measured, at most; a candidate says what follows for longer ones."""
        rate = AT_MOST / COPIES if score >= SURE else POSSIBLE if score >= THRESHOLD else BELOW
        return VIDEOS * -math.expm1(gallery_subjects * math.log1p(-rate))

    def threshold(self, gallery_subjects: int) -> float:  # noqa: ARG002
        """The same in every gallery: none higher was measured."""
        return THRESHOLD


@dataclass(frozen=True)
class _Clips:
    """A party's clips, each with whose template it is."""

    templates: Sequence[Template]
    clips: Sequence[Clip]
    table: FootageTable

    @classmethod
    def of(cls, templates: Sequence[Template]) -> "_Clips":
        clips = [clip_of(template.arrays) for template in templates]
        return cls(templates, clips, FootageTable(clips))

    @property
    def frames(self) -> int:
        """How many maps all clips have together."""
        return sum(len(clip.times) for clip in self.clips)


class FootageWatcher:
    """Looks for each party's clips apart; what is worked out of a frame is so once for all. Without a clip it does nothing."""

    def __init__(self, held: Sequence[_Clips]) -> None:
        self._watches = [(clips, FootageWatch(clips.clips, clips.table)) for clips in held]
        self._size: tuple[float, float] = (0.0, 0.0)
        self._frames = 0

    def see(self, frame: Frame) -> None:
        if not self._watches:
            return
        self._size, self._frames = frame.size, self._frames + 1
        greys = Greys(frame)
        for _, watch in self._watches:
            watch.see(frame, greys)

    def conclude(self) -> list[Finding]:
        """A finding for every stretch, party by party."""
        return [found for clips, watch in self._watches for found in self._of(clips, watch.stretches())]

    def _of(self, held: _Clips, stretches: Iterable[Stretch]) -> list[Finding]:
        chance = false_ones(self._frames * held.frames)
        found = []
        for stretch in stretches:
            template = held.templates[stretch.clip]
            shows = _shows(stretch)
            candidate = Candidate(
                subject_id=template.subject_id,
                reference_id=template.reference_id,
                score=stretch.score,
                evidence=evidence(stretch, self._frames * held.frames),
                false_of_kind=chance if stretch.score >= THRESHOLD else VIDEOS * BELOW,
                shows=shows,
            )
            found.append(Finding(self._appearance(stretch), (candidate,)))
        return found

    def _appearance(self, stretch: Stretch) -> Appearance:
        width, height = self._size
        left, top = (max(0.0, float(side)) for side in stretch.outline.min(axis=0))
        right, bottom = (min(1.0, float(side)) for side in stretch.outline.max(axis=0))
        box = Box(left * width, top * height, right * width, bottom * height)
        kept = [stretch.times[0]]
        for t in stretch.times[1:]:
            if t - kept[-1] >= BOX_SECONDS - 1e-3 or t == stretch.times[-1]:
                kept.append(t)
        seen = tuple(Observation(t, box) for t in kept)
        return Appearance(Modality.FOOTAGE, stretch.t_start, stretch.t_end, Observation(_best(stretch), box), seen)


def false_ones(pairs: int) -> float:
    """Expected false matches in 1,000 videos with so many pairs of frames each, at most: see PAIRS."""
    return VIDEOS * -math.expm1(-AT_MOST / PAIRS * pairs)


def _best(stretch: Stretch) -> float:
    return stretch.times[len(stretch.times) // 2]


def _shows(stretch: Stretch) -> ReferenceSpan:
    along = (_best(stretch) - stretch.t_start) * stretch.speed
    at = (stretch.clip_start if stretch.speed > 0 else stretch.clip_end) + along
    return ReferenceSpan(stretch.clip_start, stretch.clip_end, min(max(at, stretch.clip_start), stretch.clip_end))


def evidence(stretch: Stretch, pairs: int) -> tuple[str, ...]:
    """In words: which seconds show which, how, and how sure that is. pairs: of frames that were compared."""
    how = [
        *(["mirrored"] if stretch.mirrored else []),
        *(["backwards"] if stretch.speed < 0 else []),
        *([f"at {abs(stretch.speed):g} times its speed"] if abs(abs(stretch.speed) - 1) > 0.01 else []),
    ]
    shown = f"{_clock(stretch.t_start)}-{_clock(stretch.t_end)} of this file shows"
    clip = f"{_clock(stretch.clip_start)}-{_clock(stretch.clip_end)} of the clip"
    spans = f"{', '.join((f'{shown} {clip}', *how))}."
    agree = f"The pictures agree by {stretch.likeness:.2f} of 1, and what moves in them by {stretch.motion:.2f}."
    if stretch.score < SURE:
        return spans, agree, f"Different things that move alike can score up to {SURE:.2f}: it is a possible match at most."
    return (
        spans,
        agree,
        f"Nothing was found falsely in {PAIRS:,} pairs of frames; among the {pairs:,} here that allows "
        f"{false_ones(pairs):.2g} false matches in 1,000 such videos, at most.",
    )


def _clock(seconds: float) -> str:
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
