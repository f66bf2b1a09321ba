"""The enrolled voices of one party, and whom of them a voice resembles."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from matcher.calibration import Calibration
from matcher.rates import comparisons
from matcher.types import Candidate, Gallery
from registry.types import SubjectKind

Floats = NDArray[np.float32]

KINDS = (SubjectKind.PERSON,)

MOST_CANDIDATES = 5

RESEMBLES = (
    "The voice resembles the one in the reference. Whether the person spoke, a machine in their voice, or somebody who sounds "
    "alike, no score tells."
)

UNKNOWN_KIND = (
    "How often voices of strangers of one sex, age, accent or language match is not known for this pack: it counts as the most "
    "that a match may have, so that it is possible at most."
)


class VoiceGallery:
    """gallery: one party's part. Of a subject with several references their mean is compared as well: it is more like the person
    than each of them, and a single one stays, since somebody may sound as on that day."""

    def __init__(self, encoder: str, calibration: Calibration, gallery: Gallery) -> None:
        self._calibration = calibration
        self._entries = list(
            _entries((t.subject_id, t.reference_id, t.arrays["vector"]) for t in gallery.of_kinds(encoder, KINDS))
        )
        self._vectors = np.stack([vector for *_, vector in self._entries]) if self._entries else np.empty((0, 0), np.float32)
        self._compared = comparisons(gallery.references_by(encoder, _party(gallery)), calibration.per_reference)

    def __len__(self) -> int:
        return len(self._entries)

    def nearest(self, vector: Floats) -> tuple[Candidate, ...]:
        """Whom a voice (d,) resembles, best first, one candidate per subject."""
        best: dict[str, Candidate] = {}
        if self._entries:
            scores = self._vectors @ vector
            for row in np.argsort(-scores, kind="stable").tolist():
                subject, reference, _ = self._entries[row]
                if subject not in best and len(best) < MOST_CANDIDATES:
                    best[subject] = self._candidate(subject, reference, min(max(float(scores[row]), 0.0), 1.0))
        return tuple(best.values())

    def _candidate(self, subject: str, reference: str, score: float) -> Candidate:
        false = self._calibration.of_own_kind(score, self._compared, 1.0)
        if false is None:
            return Candidate(subject, reference, score, (RESEMBLES, UNKNOWN_KIND), self._calibration.allowed)
        return Candidate(subject, reference, score, (RESEMBLES,), false)


def _party(gallery: Gallery) -> str:
    return next((subject.party for subject in gallery.subjects.values()), "")


def _entries(templates: Iterable[tuple[str, str, Floats]]) -> Iterable[tuple[str, str, Floats]]:
    by_subject: dict[str, list[tuple[str, Floats]]] = {}
    for subject, reference, vector in templates:
        by_subject.setdefault(subject, []).append((reference, vector))
    for subject, own in by_subject.items():
        yield from ((subject, reference, vector) for reference, vector in own)
        if len(own) > 1:
            whole = np.sum([vector for _, vector in own], axis=0)
            yield subject, own[0][0], np.asarray(whole / max(float(np.linalg.norm(whole)), 1e-12), np.float32)
