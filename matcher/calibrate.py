"""A pack's calibration from labelled media: how often strangers score how high."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.calibration import Calibration, CohortNorm, calibrated
from matcher.decoding.confined_reader import look_confined
from matcher.errors import MatcherError
from matcher.evaluate import ENROL, PROBE, Progress, Row, enrolled, reading
from matcher.face.cohort import cohort_norm
from matcher.face.recogniser import FaceRecogniser
from matcher.figure.recogniser import FigureRecogniser
from matcher.types import Gallery, Recogniser

Scores = NDArray[np.float64]

PER_VIDEO = 20.0
"""Expected false matches per 1,000 videos that a match may have: a person looks at each."""

LEAST_GALLERY = 100
FEWEST_PROBES, FEWEST_SUBJECTS = 50, 20


class TooLittleData(MatcherError):
    """A truth file that holds too few media or subjects to measure rates on."""


def calibrate(
    truth: Path, rows: Sequence[Row], recogniser: Recogniser, words: str, progress: Progress = lambda _done, _all: None
) -> Calibration:
    """Measured on the scores that the rows' probes give to subjects whom they do not show.

    truth: the file that the rows' paths are relative to. words: what the data are, for people. An encoder of faces without
    figures of a cohort gets them from the rows' references. Raises TooLittleData.
    """
    subjects, probes = len({r.subject for r in rows if r.role in ENROL}), sum(r.role not in ENROL for r in rows)
    if subjects < FEWEST_SUBJECTS or probes < FEWEST_PROBES:
        raise TooLittleData(
            f"{truth.name} enrols {subjects} subjects and has {probes} probes; rates cannot be measured on so few.",
            f"Give at least {FEWEST_SUBJECTS} subjects (role distractor does) and {FEWEST_PROBES} probes (role nonmated does).",
        )
    with reading(truth, rows):
        return _calibration(truth, rows, recogniser, words, progress, subjects)


def _calibration(
    truth: Path, rows: Sequence[Row], recogniser: Recogniser, words: str, progress: Progress, subjects: int
) -> Calibration:
    if isinstance(recogniser, FigureRecogniser):
        recogniser = recogniser.for_measuring()
    if not isinstance(recogniser, FaceRecogniser):
        return _measured(impostors(truth, rows, recogniser, progress), subjects, words)
    cohort = recogniser.cohort
    if cohort is None:
        gallery = enrolled(truth, [r for r in rows if r.role in ENROL], recogniser, [])
        cohort = cohort_norm(np.stack([t.arrays["vector"] for t in gallery.templates]))
    plain, normalised = (
        impostors(truth, rows, recogniser.recalibrated(recogniser.calibration.model_copy(update={"cohort": norm})), progress)
        for norm in (None, cohort)
    )
    return _measured(normalised, subjects, words, cohort, plain)


def impostors(truth: Path, rows: Sequence[Row], recogniser: Recogniser, progress: Progress) -> Scores:
    """The best score (n,) of each probe in a gallery without the subject that it shows: a stranger there, as it would be.

    A probe beside its own subject is no stranger: what it scores with the others is normalised by a cohort with that subject.
    """
    gallery = enrolled(truth, rows, recogniser, [])
    probes, best = [row for row in rows if row.role in PROBE], []
    for done, row in enumerate(probes, 1):
        try:
            found = look_confined(truth.parent / row.media, _without(gallery, row.subject), [recogniser]).findings[0]
        except MatcherError:
            continue  # what cannot be looked at is no stranger seen
        best.append(max((c.score for finding in found for c in finding.candidates[:1]), default=0.0))
        progress(done, len(probes))
    return np.array(best)


def _without(gallery: Gallery, subject_id: str) -> Gallery:
    others = {key: subject for key, subject in gallery.subjects.items() if key != subject_id}
    return Gallery(others, tuple(t for t in gallery.templates if t.subject_id in others))


def _measured(
    best: Scores, subjects: int, words: str, cohort: CohortNorm | None = None, plain: Scores | None = None
) -> Calibration:
    return calibrated(best, subjects, words, allowed=PER_VIDEO, least_gallery=LEAST_GALLERY, cohort=cohort, plain=plain)
