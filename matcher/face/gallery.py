"""The face templates of a gallery, searchable, following the gallery's changes one by one."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matcher.calibration import LARGEST, Calibration, CohortNorm
from matcher.face.cohort import Floats, likeness, normalised, of_one_kind, same_face
from matcher.face.people import measured_people
from matcher.face.tracks import pool
from matcher.likelihood_ratio import Likelihood
from matcher.rates import comparisons
from matcher.types import Candidate, Gallery
from registry.types import Template

if TYPE_CHECKING:
    from matcher.index.dynamic import DynamicIndex

NEAREST = 64
RIVALS = 12
"""Subjects whose scores are normalised: a normalised score leaves the order of the best few open."""

MOST_CANDIDATES = 5

UNKNOWN_KIND = (
    "How often strangers of this subject's own kind of face match is not known for this pack: it counts as the most that a "
    "match may have, so that it is possible at most."
)

UNLIKE_ANYBODY = (
    "Both faces are of a kind that was hardly among the people on whom the pack was measured: they resemble those less than 99 "
    "in 100 others do. How often strangers of that kind match is not known: it counts as the most that a match may have, so that "
    "it is possible at most."
)


@dataclass(frozen=True)
class FaceEntry:
    """One vector of a subject: of a reference, or of all its references together, then under the first one's id."""

    subject_id: str
    reference_id: str
    vector: Floats


class FaceGallery:
    """calibration: its figures of the cohort are those by which scores are normalised; without: they are cosines as they come."""

    def __init__(self, encoder: str, calibration: Calibration) -> None:
        self._encoder, self._calibration, self._known = encoder, calibration, calibration.cohort
        self._entries: dict[str, FaceEntry] = {}
        self._index: DynamicIndex | None = None
        self._cohort: tuple[NDArray[np.str_], Floats] | None = None
        self._held: Mapping[str, int] = {}
        self.references: Mapping[int, int] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def follow(self, gallery: Gallery) -> None:
        """Hold what this gallery holds: what is new is added and what is gone removed; the rest stays as it is."""
        wanted = entries_of(gallery.of_encoder(self._encoder))
        gone, new = self._entries.keys() - wanted.keys(), [key for key in wanted if key not in self._entries]
        self._entries = wanted
        held = Counter(entry.subject_id for entry in wanted.values())
        # Of several references their mean is an entry as well.
        self._held = {subject: entries if entries == 1 else entries - 1 for subject, entries in held.items()}
        self.references = Counter(self._held.values())
        if self._index is not None and gone:
            self._index.remove(sorted(gone))
        if new:
            self._add(new)
        if gone or new:
            self._cohort = None

    def _add(self, keys: list[str]) -> None:
        vectors = np.stack([self._entries[key].vector for key in keys])
        if self._index is None:
            from matcher.index.dynamic import DynamicIndex

            self._index = DynamicIndex(keys, vectors)
        else:
            self._index.add(keys, vectors)
            self._index.check_if_due()

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
        entries, cosines = self._likeliest(near)
        scores, shares = np.array(cosines, np.float32), np.zeros(len(entries))
        if self._known is not None:
            scores, shares = self._beside_others(vector, entries, scores, self._known)
        unlike = self._unlike(vector, entries)
        best: dict[str, Candidate] = {}
        for place in np.argsort(-scores, kind="stable").tolist():
            entry, score = entries[place], min(max(float(scores[place]), 0.0), 1.0)
            if entry.subject_id not in best and len(best) < MOST_CANDIDATES:
                best[entry.subject_id] = self._candidate(entry, score, None if unlike[place] else float(shares[place]))
        return tuple(best.values())

    def _likeliest(self, near: Iterable[tuple[str, float]]) -> tuple[list[FaceEntry], list[float]]:
        """Entries with their cosines, subject by subject, of the few subjects that are nearest."""
        likeliest: dict[str, list[tuple[FaceEntry, float]]] = {}
        for key, score in near:
            entry = self._entries[key]
            if entry.subject_id in likeliest or len(likeliest) < RIVALS:
                likeliest.setdefault(entry.subject_id, []).append((entry, score))
        found = [each for own in likeliest.values() for each in own]
        return [entry for entry, _ in found], [score for _, score in found]

    def _unlike(self, vector: Floats, entries: list[FaceEntry]) -> NDArray[np.bool_]:
        """With which entries (n,) a match would be of a kind of face that was not measured: both faces are.

        Two photos of one person are of one kind, and so are two strangers who may be taken for each other.
        """
        people = self._known.kind.people if self._known and self._known.kind else None
        if people is None:
            return np.zeros(len(entries), bool)
        of_kind = measured_people(people).unlike(np.stack([vector, *(entry.vector for entry in entries)]))
        return np.asarray(of_kind[1:] & of_kind[0])

    def _candidate(self, entry: FaceEntry, score: float, share: float | None) -> Candidate:
        """share: of the gallery that is of this subject's kind of face; None for a kind that was not measured."""
        compared = comparisons(self.references, self._calibration.per_reference)
        if share is None:
            return Candidate(entry.subject_id, entry.reference_id, score, (UNLIKE_ANYBODY,), self._calibration.allowed)
        weight = self._calibration.likelihood(score, compared, self._held[entry.subject_id])
        false, said = self._calibration.of_own_kind(score, compared, share), UNKNOWN_KIND
        if false is not None:
            said = f"Of 1,000 strangers of this subject's own kind of face at most about {false:.2g} would match as well."
            said += self._beside_kind(weight)
        most = self._calibration.allowed if false is None else false
        return Candidate(entry.subject_id, entry.reference_id, score, (said,), most, likelihood=weight)

    def _beside_kind(self, weight: Likelihood | None) -> str:
        """What a ratio is at most against strangers of the subject's own kind, where that was measured."""
        curve = self._calibration.ratios
        if weight is None or curve is None or curve.most_of_kind is None:
            return ""
        return f" Against one of them the likelihood ratio is no more than {min(weight.ratio, curve.most_of_kind):.2g}."

    def _beside_others(
        self, vector: Floats, entries: list[FaceEntry], scores: Floats, known: CohortNorm
    ) -> tuple[Floats, NDArray[np.float64]]:
        """The scores normalised, and for each entry the share of the gallery that is of its and the probe's kind of face."""
        subjects, cohort = self._members()
        alike = np.stack([entry.vector for entry in entries]) @ cohort.T
        # Strangers to an entry: not its own subject, nor the same face that is enrolled under another name as well.
        others = subjects[None] != np.array([entry.subject_id for entry in entries])[:, None]
        counts = others & (alike < same_face(known))
        seen = np.broadcast_to(cohort @ vector, counts.shape)
        shares = of_one_kind((alike + seen) / 2, counts, known.kind) if known.kind else np.zeros(len(entries))
        return normalised(scores, likeness(seen, counts, known), likeness(alike, counts, known), known), shares

    def _members(self) -> tuple[NDArray[np.str_], Floats]:
        """One vector each (m, d) of the cohort's subjects: all, or as many as there is room for, the same ones each time."""
        if self._cohort is None:
            first: dict[str, Floats] = {}
            for key in sorted(self._entries):
                first.setdefault(self._entries[key].subject_id, self._entries[key].vector)
            subjects = list(first)[:LARGEST]
            self._cohort = np.array(subjects), np.stack([first[subject] for subject in subjects])
        return self._cohort


def entries_of(templates: Iterable[Template]) -> dict[str, FaceEntry]:
    """Every template's vector and, of a subject with several, their mean, each under a key that tells its content.

    The mean of several photos resembles a person more than each of them does; a single one stays, since an era may be like
    the probe and the others not.
    """
    by_subject: dict[str, dict[str, Floats]] = {}
    for template in templates:
        by_subject.setdefault(template.subject_id, {})[template.reference_id] = template.arrays["vector"]
    entries: dict[str, FaceEntry] = {}
    for subject, vectors in by_subject.items():
        for entry in _entries(subject, vectors):
            entries[hashlib.blake2b(_content(entry), digest_size=16).hexdigest()] = entry
    return entries


def _entries(subject: str, vectors: Mapping[str, Floats]) -> list[FaceEntry]:
    single = [FaceEntry(subject, reference, vector) for reference, vector in vectors.items()]
    if len(single) < 2:
        return single
    return [*single, FaceEntry(subject, single[0].reference_id, pool(np.stack(list(vectors.values())), np.ones(len(single))))]


def _content(entry: FaceEntry) -> bytes:
    return b"\0".join([entry.subject_id.encode(), entry.reference_id.encode(), np.asarray(entry.vector, np.float32).tobytes()])
