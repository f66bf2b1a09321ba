"""The face templates of a gallery, searchable, following the gallery's changes one by one."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from matcher.calibration import LARGEST, CohortNorm
from matcher.face.cohort import Floats, Likeness, likeness, normalised, same_face
from matcher.face.tracks import pool
from matcher.index.growing import GrowingIndex
from matcher.types import Candidate, Gallery
from registry.types import Template

NEAREST = 64
RIVALS = 12
"""Subjects whose scores are normalised: a normalised score leaves the order of the best few open."""

MOST_CANDIDATES = 5


@dataclass(frozen=True)
class Entry:
    """One vector of a subject: of a reference, or of all its references together, then under the first one's id."""

    subject_id: str
    reference_id: str
    vector: Floats


class FaceGallery:
    """known: the pack's figures of the cohort, by which scores are normalised; None: scores are cosines as they come."""

    def __init__(self, encoder: str, known: CohortNorm | None) -> None:
        self._encoder, self._known = encoder, known
        self._entries: dict[str, Entry] = {}
        self._index: GrowingIndex | None = None
        self._cohort: tuple[list[str], Floats] | None = None
        self._strangers: dict[str, Likeness] = {}
        self.subjects = 0

    def __len__(self) -> int:
        return len(self._entries)

    def follow(self, gallery: Gallery) -> None:
        """Hold what this gallery holds: what is new is added and what is gone removed; the rest stays as it is."""
        wanted = entries_of(gallery.of_encoder(self._encoder))
        gone, new = self._entries.keys() - wanted.keys(), [key for key in wanted if key not in self._entries]
        self._entries, self.subjects = wanted, len({entry.subject_id for entry in wanted.values()})
        if self._index is not None and gone:
            self._index.remove(sorted(gone))
        if new:
            vectors = np.stack([wanted[key].vector for key in new])
            if self._index is None:
                self._index = GrowingIndex(new, vectors)
            else:
                self._index.add(new, vectors)
                self._index.check_if_due()
        if gone or new:
            self._cohort, self._strangers = None, {}

    def nearest(self, vectors: Floats) -> list[tuple[Candidate, ...]]:
        """For each of vectors (n, d) its candidates, best first, one per subject."""
        if self._index is None or not self._entries or not len(vectors):
            return [()] * len(vectors)
        scores, rows = self._index.search(vectors, NEAREST)
        ids = self._index.ids
        return [
            self._candidates(vector, [(ids[row], score) for row, score in zip(own.tolist(), near.tolist(), strict=True)])
            for vector, near, own in zip(vectors, scores, rows, strict=True)
        ]

    def _candidates(self, vector: Floats, near: Iterable[tuple[str, float]]) -> tuple[Candidate, ...]:
        best: dict[str, tuple[str, float]] = {}
        for key, score in near:
            best.setdefault(self._entries[key].subject_id, (key, score))
        keys = [key for key, _ in best.values()][:RIVALS]
        scores = np.array([score for _, score in best.values()][:RIVALS], np.float32)
        if self._known is not None:
            scores = self._normalised(vector, keys, scores, self._known)
        entries = [self._entries[key] for key in keys]
        found = [
            Candidate(entry.subject_id, entry.reference_id, float(min(max(score, 0.0), 1.0)))
            for entry, score in zip(entries, scores, strict=True)
        ]
        return tuple(sorted(found, key=lambda candidate: -candidate.score)[:MOST_CANDIDATES])

    def _normalised(self, vector: Floats, keys: list[str], scores: Floats, known: CohortNorm) -> Floats:
        subjects, cohort = self._members()
        templates = [self._of_template(key, known) for key in keys]
        counts = np.stack([self._counts(key, subjects, cohort, known) for key in keys])
        probe = likeness(np.broadcast_to(cohort @ vector, counts.shape), counts, known)
        template = Likeness(np.array([t.mean[0] for t in templates]), np.array([t.spread[0] for t in templates]))
        return normalised(scores, probe, template, known)

    def _of_template(self, key: str, known: CohortNorm) -> Likeness:
        if key not in self._strangers:
            subjects, cohort = self._members()
            counts = self._counts(key, subjects, cohort, known)
            self._strangers[key] = likeness((cohort @ self._entries[key].vector)[None], counts[None], known)
        return self._strangers[key]

    def _counts(self, key: str, subjects: list[str], cohort: Floats, known: CohortNorm) -> np.ndarray:
        """Which members of the cohort are strangers to this entry: not its subject, nor the same face under another name."""
        entry = self._entries[key]
        others = np.array([subject != entry.subject_id for subject in subjects])
        return np.asarray(others & (cohort @ entry.vector < same_face(known)))

    def _members(self) -> tuple[list[str], Floats]:
        """One vector each (m, d) of the cohort's subjects: all, or as many as there is room for, the same ones each time."""
        if self._cohort is None:
            first: dict[str, Floats] = {}
            for key in sorted(self._entries):
                first.setdefault(self._entries[key].subject_id, self._entries[key].vector)
            subjects = list(first)[:LARGEST]
            self._cohort = subjects, np.stack([first[subject] for subject in subjects])
        return self._cohort


def entries_of(templates: Iterable[Template]) -> dict[str, Entry]:
    """Every template's vector and, of a subject with several, their mean, each under a key that tells its content.

    The mean of several photos resembles a person more than each of them does; a single one stays, since an era may be like
    the probe and the others not.
    """
    by_subject: dict[str, dict[str, Floats]] = {}
    for template in templates:
        by_subject.setdefault(template.subject_id, {})[template.reference_id] = template.arrays["vector"]
    entries: dict[str, Entry] = {}
    for subject, vectors in by_subject.items():
        for entry in _entries(subject, vectors):
            entries[hashlib.blake2b(_content(entry), digest_size=16).hexdigest()] = entry
    return entries


def _entries(subject: str, vectors: Mapping[str, Floats]) -> list[Entry]:
    single = [Entry(subject, reference, vector) for reference, vector in vectors.items()]
    if len(single) < 2:
        return single
    return [*single, Entry(subject, single[0].reference_id, pool(np.stack(list(vectors.values())), np.ones(len(single))))]


def _content(entry: Entry) -> bytes:
    return b"\0".join([entry.subject_id.encode(), entry.reference_id.encode(), np.asarray(entry.vector, np.float32).tobytes()])
