"""Scores of comparisons that are mated, and of strangers, on the scale of a pack's calibration."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.crossed.pipelines import PRODUCT
from benchmarks.crossed.truths import Labelled, generator
from benchmarks.crossed.views import Described, key
from benchmarks.fitting import trials
from benchmarks.galleries import cohort_of
from benchmarks.strangers import Cohort, Floats, People, Probes, pair_scores
from matcher.calibration import Calibration
from matcher.evaluate import Row

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Compared:
    """mated (n,), strangers (m,): scores. people, pairs: of so many people, of so many pairs of two."""

    mated: Scores
    strangers: Scores
    people: int
    pairs: int


def scaled(scores: Floats, calibration: Calibration, gallery: int) -> Scores:
    """As Calibration.normalised_score, for many."""
    points = np.linspace(-1, 1.2, 400)
    moved = [calibration.normalised_score(float(point), gallery) for point in points]
    return np.asarray(np.interp(scores, points, moved), np.float64)


def of_photos(people: People, calibration: Calibration) -> Compared:
    """Every photo beside every other, of the same person and of others; all are enrolled."""
    cohort, count = cohort_of(people, calibration), len(people)
    mated, strangers = trials(people, cohort, 1).scores, pair_scores(Probes.of(people, cohort))
    return Compared(*(scaled(own, calibration, count) for own in (mated, strangers)), count, count * (count - 1) // 2)


def within(people: People, own: People, calibration: Calibration) -> Scores:
    """Of photos of two people of own, among all people as the cohort."""
    cohort = cohort_of(people, calibration)
    return scaled(pair_scores(Probes.of(own, cohort)), calibration, len(people))


def of_clips(labelled: Labelled, found: Described, calibration: Calibration, name: str) -> Compared:
    """Of one generator's clips: the best appearance with each who is in it, and every appearance with everybody else enrolled."""
    enrolled = {row.subject: seen[0] for row in labelled.references if (seen := found[key(labelled.path(row), True)])}
    number = {subject: place for place, subject in enumerate(enrolled)}
    templates = np.stack([PRODUCT.vector(seen) for seen in enrolled.values()])
    cohort = Cohort(np.array(list(number.values())), templates, calibration.cohort)
    mated, strangers, shows = list[float](), list[Floats](), _shown(labelled, name)
    for path, subjects in shows.items():
        faces = found[f"p:{path}"]
        own = [number[subject] for subject in subjects]
        if not faces:
            continue
        vectors = np.stack([PRODUCT.vector(face) for face in faces])
        # Whom each face shows is not known before it is compared: nobody of the clip counts as a stranger to it.
        probes = Probes(
            vectors, np.full(len(vectors), -1), cohort, cohort.likeness(vectors, np.tile(own or [-1], (len(vectors), 1)))
        )
        scores = probes.scores(templates, np.array(list(number.values()))[:, None])
        mated += [float(scores[:, place].max()) for place in own]
        strangers.append(np.delete(scores, own, axis=1).ravel())
    both = (scaled(np.asarray(scores), calibration, len(templates)) for scores in (mated, np.concatenate(strangers)))
    return Compared(*both, len({subject for subjects in shows.values() for subject in subjects}), len(shows) * len(templates))


def _shown(labelled: Labelled, name: str) -> Mapping[Path, list[str]]:
    """By clip, who of those enrolled is in it."""
    found: dict[Path, list[str]] = {}
    rows: list[Row] = [row for row in labelled.probes if generator(row) == name]
    for row in rows:
        found.setdefault(labelled.path(row), []).extend([row.subject] if row.role == "mated" else [])
    return found
