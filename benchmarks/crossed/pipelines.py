"""Pipelines made of parts that can be left out, over vectors that are there: from a naive one to the product's."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from benchmarks.crossed.truths import Labelled
from benchmarks.crossed.views import WAYS, Described, Seen, key
from benchmarks.crossed.whitening import Whitening
from benchmarks.strangers import Floats
from matcher.calibration import MOST_ALIKE, Calibration, CohortNorm, trust
from matcher.evaluate import Probe, judge
from matcher.face.cohort import Likeness, likeness, normalised, same_face
from matcher.face.gallery import MOST_CANDIDATES
from matcher.face.tracks import pool
from matcher.types import Appearance, Candidate, Finding
from registry.kinds import Modality

ONCE, QUICK, THOROUGH = (WAYS.index((look, 1.0, 1)) for look in ("once", "quick", "thorough"))
SIZED = [number for number, (look, _, step) in enumerate(WAYS) if look == "thorough" and step == 1]
MIRRORS = {number: WAYS.index((look, 1.0, -1)) for look, number in (("once", ONCE), ("thorough", THOROUGH))}


@dataclass(frozen=True)
class Pipeline:
    """second_look: a face's points are found again in close-ups. sizes: a lone view is encoded in five. mirrored: with its mirror
    image. pooled: all views of a track, not the best alone. weighted: by how much each tells. normalised: beside what other
    subjects score. whitened: by the covariance of photos of one person of LFW.
    """

    second_look: bool = False
    sizes: bool = False
    mirrored: bool = False
    pooled: bool = False
    weighted: bool = False
    normalised: bool = False
    whitened: bool = False

    @property
    def words(self) -> str:
        return "+".join(part for part in PARTS if getattr(self, part)) or "naive"

    def vector(self, seen: Seen) -> Floats:
        """Of one face of a medium."""
        rows = slice(None) if self.pooled else slice(int(seen.weights.argmax()), int(seen.weights.argmax()) + 1)
        views = self._views(seen.vectors[rows], whole=seen.whole)
        return pool(views, seen.weights[rows] if self.weighted else np.ones(len(views)))

    def _views(self, vectors: Floats, *, whole: bool) -> Floats:
        """(views, d). Mirrored views of a track are those of the thorough look, which comes nearest to the quick one's."""
        look = (THOROUGH if whole else QUICK) if self.second_look else ONCE
        ways = SIZED if self.sizes and whole and self.second_look else [look]
        beside = [MIRRORS[THOROUGH if self.second_look else ONCE]] if self.mirrored else []
        return np.stack([pool(own[[*ways, *beside]], np.ones(len(ways) + len(beside))) for own in vectors])


PARTS = ("second_look", "sizes", "mirrored", "pooled", "weighted", "normalised", "whitened")
PRODUCT = Pipeline(second_look=True, sizes=True, pooled=True, normalised=True)
NAIVE = Pipeline(pooled=False)


OURS = tuple(part for part in PARTS if getattr(PRODUCT, part))
"""What was added to a naive pipeline; the other parts were tried and are not in the product."""


def every() -> list[Pipeline]:
    """All that can be made of the product's parts, and the product with each of the others. Sizes are those of the second look,
    and weights need several views.
    """
    made = [Pipeline(**dict(zip(OURS, parts, strict=True))) for parts in product((False, True), repeat=len(OURS))]
    sensible = [p for p in made if (p.second_look or not p.sizes) and (p.pooled or not p.weighted)]
    return [*sensible, *(flipped(PRODUCT, part) for part in PARTS if part not in OURS)]


def flipped(pipeline: Pipeline, part: str) -> Pipeline:
    """The same with one part more or less; what cannot stand without it goes with it."""
    changed = replace(pipeline, **{part: not getattr(pipeline, part)})
    return replace(changed, sizes=changed.sizes and changed.second_look, weighted=changed.weighted and changed.pooled)


def tried(
    pipeline: Pipeline, labelled: Labelled, found: Described, calibration: Calibration, whitening: Whitening
) -> tuple[Probe, ...]:
    """Every probe of the data, as `semblance evaluate` judges it."""
    enrolled = {row.subject: seen for row in labelled.references if (seen := found[key(labelled.path(row), True)])}
    subjects = list(enrolled)
    templates = _vectors(pipeline, [seen[0] for seen in enrolled.values()], whitening)
    faces = [(row, found[key(labelled.path(row), False)]) for row in labelled.probes]
    vectors = _vectors(pipeline, [own for _, seen in faces for own in seen], whitening)
    scores = normalised_all(vectors, templates, calibration.cohort) if pipeline.normalised and calibration.cohort else None
    scores = vectors @ templates.T if scores is None else scores
    ends = np.cumsum([len(seen) for _, seen in faces])
    return tuple(
        judge(row, _findings(seen, scores[end - len(seen) : end], subjects)) for (row, seen), end in zip(faces, ends, strict=True)
    )


def normalised_all(vectors: Floats, templates: Floats, known: CohortNorm) -> Floats:
    """(n, m) of vectors (n, d) with templates (m, d), each of them a subject's, as a gallery scores them: without one's own
    template among those that a score is normalised by, and with doubles of a face that is enrolled twice left in.
    """
    cosines, alike = vectors @ templates.T, templates @ templates.T
    others = (alike < same_face(known)) & ~np.eye(len(templates), dtype=bool)
    mine, theirs = without_each(cosines, known), likeness(alike, others, known)
    return normalised(cosines, mine, Likeness(theirs.mean[None], theirs.spread[None]), known)


def without_each(cosines: Floats, known: CohortNorm) -> Likeness:
    """Mean and spread (n, m) of the most alike fifth of each row of (n, m), without the one of each column."""
    count = int(np.ceil(MOST_ALIKE * (cosines.shape[1] - 1)))
    ordered = -np.sort(-cosines.astype(np.float64), axis=1)
    top, following = ordered[:, :count], ordered[:, count, None]
    within = cosines >= top[:, -1:]
    mean = (top.sum(axis=1, keepdims=True) + np.where(within, following - cosines, 0.0)) / count
    square = ((top**2).sum(axis=1, keepdims=True) + np.where(within, following**2 - cosines.astype(np.float64) ** 2, 0.0)) / count
    spread = np.sqrt(np.maximum(square - mean**2, 0.0))
    believed = trust(cosines.shape[1] - 1)
    return Likeness(believed * mean + (1 - believed) * known.mean, believed * spread + (1 - believed) * known.spread)


def _vectors(pipeline: Pipeline, seen: Sequence[Seen], whitening: Whitening) -> Floats:
    vectors = np.stack([pipeline.vector(own) for own in seen])
    return whitening.whitened(vectors) if pipeline.whitened else vectors


def _findings(seen: Sequence[Seen], scores: Floats, subjects: Sequence[str]) -> list[Finding]:
    """(faces, subjects) as findings, the best few of each."""
    found = []
    for own, row in zip(seen, scores, strict=True):
        best = np.argsort(-row)[:MOST_CANDIDATES].tolist()
        candidates = tuple(Candidate(subjects[place], subjects[place], float(row[place])) for place in best)
        found.append(Finding(Appearance(Modality.FACE, own.start, own.end), candidates))
    return found
