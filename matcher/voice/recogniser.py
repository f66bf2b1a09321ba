"""Voices as a recogniser: enrolment of a recording, and listening to media for enrolled voices."""

from collections.abc import Mapping, Sequence
from itertools import islice, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.calibration import Calibration
from matcher.errors import ReferenceRefused
from matcher.sample import Block, Sample, recording_in
from matcher.sound_bounds import BLOCK_SECONDS
from matcher.types import Appearance, Finding, Gallery
from matcher.voice.appraisal import GOOD_SPEECH, QUALITY, figures, quality_of
from matcher.voice.gallery import VoiceGallery
from matcher.voice.listening import LEAST_SPEECH, HeardTrack, TrackEar, Voice, VoiceModels, listening_of
from registry.kinds import Modality, SampleKind

RIVAL = 0.5
"""A second speaker who speaks this much of the time that the first does makes a recording ambiguous."""

LONGEST_RECORDING = 600.0
"""Seconds of a recording that are heard when it is enrolled: more of one voice tells nothing new."""

RECORD = f"Use a recording in which the person alone speaks for {GOOD_SPEECH:g} s or more, without music."

BREATH = 1.0
"""Seconds of a pause within which somebody is said to go on speaking."""

MOST_SPANS = 200
"""Spans of one appearance; where there are more, those with the shortest pauses between them are one."""


class VoiceRecogniser:
    """models: what finds speech and tells voices apart. calibration: the pack's; it decides how like is like enough."""

    modality = Modality.VOICE
    takes = SampleKind.RECORDING

    def __init__(self, models: VoiceModels, pack: str, calibration: Calibration) -> None:
        self.encoder, self.pack, self.margin = models.encoder.id, pack, calibration.margin
        self.per_reference = calibration.per_reference
        self.calibration, self._models = calibration, models
        self._last: tuple[Gallery, list[VoiceGallery]] | None = None

    def enrol(self, sample: Sample, *, prominent: bool = False) -> Mapping[str, NDArray[Any]]:
        """``vector`` (d,) and ``quality`` of the one voice in the recording; with prominent, of who speaks longest of several.

        Of several sound tracks the first in which somebody speaks is heard, and LONGEST_RECORDING of it.
        """
        source = recording_in(sample).source()
        if not source.tracks:
            raise ReferenceRefused("It has no sound.", RECORD)
        spoken = 0.0
        for track in range(len(source.tracks)):
            blocks = list(islice(source.blocks(track), round(LONGEST_RECORDING / BLOCK_SECONDS)))
            voices, about = _heard(track, blocks, self._models)
            spoken = max(spoken, about.speech)
            if voices:
                return self._template(voices, blocks, prominent=prominent)
        said = f"{spoken:.1f} s of speech" if spoken else "no speech"
        raise ReferenceRefused(f"It has {said}, and one person has to speak for {LEAST_SPEECH:g} s to be known by it.", RECORD)

    def looks_for(self, gallery: Gallery) -> bool:
        """Whether any voice is enrolled."""
        return bool(gallery.of_encoder(self.encoder))

    def listen(self, gallery: Gallery) -> "VoiceListener":
        """A listener for one file. What was made of a gallery is kept for the next file with the same one."""
        if self._last is None or self._last[0] is not gallery:
            made = [VoiceGallery(self.encoder, self.calibration, part) for part in gallery.by_party.values()]
            self._last = gallery, [own for own in made if len(own)]
        return VoiceListener(self._models, self._last[1])

    def expected_false_matches(self, score: float, gallery_subjects: int) -> float:
        """Per 1,000 videos that let nobody enrolled be heard; see Calibration."""
        return self.calibration.expected_false_matches(score, gallery_subjects)

    def threshold(self, gallery_subjects: int) -> float:
        """The lowest score that counts, among so many subjects; see Calibration."""
        return self.calibration.threshold(gallery_subjects)

    def _template(self, voices: Sequence[Voice], blocks: Sequence[Block], *, prominent: bool) -> Mapping[str, NDArray[Any]]:
        rivals = sum(voice.seconds > RIVAL * voices[0].seconds for voice in voices[1:])
        if rivals and not prominent:
            raise ReferenceRefused(
                f"{rivals + 1} people speak in it for about as long.", "Cut it to the one who is to be enrolled."
            )
        samples = np.concatenate([block.samples for block in blocks])
        quality = quality_of(samples, self._models.finder.spans(samples), len(voices))
        return {"vector": voices[0].vector, QUALITY: figures(quality)}


class VoiceListener:
    """Hears once for all parties; vectors live in here only, and go with it. says: see matcher.types.Listener."""

    def __init__(self, models: VoiceModels, galleries: Sequence[VoiceGallery]) -> None:
        self._models, self._galleries = models, galleries
        self._ears: dict[int, TrackEar] = {}
        self.says: tuple[str, ...] = ()

    def hear(self, track: int, block: Block) -> None:
        """The next stretch of a sound track."""
        if track not in self._ears:
            self._ears[track] = TrackEar(track, self._models)
        self._ears[track].hear(block)

    def conclude(self) -> list[Finding]:
        """Every voice, for each party's gallery apart."""
        found = listening_of([ear.conclude() for _, ear in sorted(self._ears.items())])
        self.says = found.says
        heard = [(voice.vector, _appearance(voice)) for voice in found.voices]
        return [Finding(where, gallery.nearest(vector)) for gallery in self._galleries for vector, where in heard]


def _heard(track: int, blocks: Sequence[Block], models: VoiceModels) -> tuple[tuple[Voice, ...], HeardTrack]:
    ear = TrackEar(track, models)
    for block in blocks:
        ear.hear(block)
    return ear.conclude()


def _appearance(voice: Voice) -> Appearance:
    spans = run_together(voice.spans)
    return Appearance(Modality.VOICE, spans[0][0], spans[-1][1], spans=spans if len(spans) > 1 else ())


def run_together(spans: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Spans in order, in seconds, where a breath ends none of them; MOST_SPANS at most."""
    pauses = sorted((after[0] - before[1] for before, after in pairwise(spans)), reverse=True)
    longest = max(BREATH, pauses[MOST_SPANS - 1] if len(pauses) >= MOST_SPANS else 0.0)
    made: list[tuple[float, float]] = []
    for start, end in spans:
        if made and start - made[-1][1] <= longest:
            made[-1] = made[-1][0], max(end, made[-1][1])
        else:
            made.append((start, end))
    return tuple(made)
