"""Strangers drawn from the distribution of real ones, and what probes score with them. In memory alone.

An identity is a random mixture of a real person's mean vector with those of three of the people nearest to it (weights from a
Dirichlet distribution): interpolation between neighbours, as in SMOTE (Chawla et al., "SMOTE: synthetic minority over-sampling
technique", JAIR 16, 2002), because the people whom an encoder tells apart badly lie in groups that no single Gaussian has: one
that was fitted to LFW gives a best score among 225 of .36 in the 98th percentile, where real people give .42 and mixtures .41.
Each photo adds to the identity what one photo of a random person differs by from that person's mean, so that several photos of
a stranger differ as those of real people do. A probe is never compared with strangers that were drawn from whom it shows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matcher.calibration import CohortNorm
from matcher.face.cohort import Likeness, likeness, normalised, same_face

Floats = NDArray[np.float32]
People = Mapping[int, Floats]
"""Vectors (photos, d) of each person, by a number."""

BLOCK = 5_000
NEAREST = (4, 16)
"""Of how many nearest people a stranger is mixed: of few, or of many."""

WEIGHTS = (1.5, 0.8, 0.8, 0.8)
MOST_OF_A_PHOTO = 0.9
"""Part of a photo's difference from its person that a drawn photo gets at most: the identity holds some of it already."""


@dataclass(frozen=True)
class Drawn:
    """vectors (n, references, d); of: the people (n, 4) that each was drawn from."""

    vectors: Floats
    of: NDArray[np.int_]


def unit(vectors: NDArray[np.floating]) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32)


def differences(people: People) -> Floats:
    """What photos (n, d) differ by from the mean of their person, of whom there must be two; as wide as with the true mean."""
    several = [photos for photos in people.values() if len(photos) > 1]
    return np.concatenate([(p - p.mean(axis=0)) * np.sqrt(len(p) / (len(p) - 1)) for p in several])


def draw(people: People, count: int, references: int, random: np.random.Generator) -> Iterator[Drawn]:
    """So many strangers in blocks."""
    names = np.array(list(people))
    means, apart = unit(np.stack([people[name].mean(axis=0) for name in names])), differences(people)
    nearest = np.argsort(-(means @ means.T), axis=1)[:, 1 : max(NEAREST) + 1]
    for start in range(0, count, BLOCK):
        n = min(BLOCK, count - start)
        first = random.integers(len(names), size=n)
        among = np.where(random.random(n) < 0.5, *NEAREST)
        others = [nearest[first, (random.random(n) * among).astype(int)] for _ in WEIGHTS[1:]]
        rows = np.stack([first, *others], axis=1)
        identity = unit(np.einsum("nm,nmd->nd", random.dirichlet(WEIGHTS, size=n), means[rows]))
        part = random.uniform(0, MOST_OF_A_PHOTO, size=(n, 1, 1))
        photo = apart[random.integers(len(apart), size=(n, references))]
        yield Drawn(unit(identity[:, None] + part * photo), names[rows])


@dataclass(frozen=True)
class Cohort:
    """Real people by whom scores are normalised, one vector each (m, d); known None: scores stay cosines."""

    names: NDArray[np.int_]
    vectors: Floats
    known: CohortNorm | None

    def likeness(self, vectors: Floats, of: NDArray[np.int_]) -> Likeness:
        """of (n, k): the people whom each vector shows, or was drawn from; they are no strangers to it."""
        assert self.known is not None
        found = []
        for start in range(0, len(vectors), BLOCK):
            alike = vectors[start : start + BLOCK] @ self.vectors.T
            own = (of[start : start + BLOCK, :, None] == self.names).any(axis=1)
            found.append(likeness(alike, (alike < same_face(self.known)) & ~own, self.known))
        return Likeness(np.concatenate([f.mean for f in found]), np.concatenate([f.spread for f in found]))


@dataclass(frozen=True)
class Probes:
    """Vectors (p, d) and whom each shows (p,)."""

    vectors: Floats
    shows: NDArray[np.int_]
    cohort: Cohort
    strangers: Likeness | None = field(default=None)

    @classmethod
    def of(cls, people: People, cohort: Cohort) -> "Probes":
        vectors = np.concatenate(list(people.values()))
        shows = np.array([name for name, photos in people.items() for _ in photos])
        return cls(vectors, shows, cohort, cohort.likeness(vectors, shows[:, None]) if cohort.known else None)

    def among(self, chosen: NDArray[np.bool_]) -> "Probes":
        """Those of them that are chosen (p,)."""
        theirs = self.strangers
        kept = None if theirs is None else Likeness(theirs.mean[chosen], theirs.spread[chosen])
        return Probes(self.vectors[chosen], self.shows[chosen], self.cohort, kept)

    def scores(self, templates: Floats, of: NDArray[np.int_]) -> Floats:
        """(p, n) with templates (n, d) of or drawn from the people of (n, k)."""
        cosines = self.vectors @ templates.T
        if self.strangers is None or self.cohort.known is None:
            return cosines
        mine, theirs = (_narrow(found) for found in (self.strangers, self.cohort.likeness(templates, of)))
        mine = Likeness(mine.mean[:, None], mine.spread[:, None])
        return normalised(cosines, mine, Likeness(theirs.mean[None], theirs.spread[None]), self.cohort.known)

    def related(self, of: NDArray[np.int_]) -> NDArray[np.bool_]:
        """(p, n): whether a probe shows one of the people of (n, k)."""
        people, places = np.unique(self.shows, return_inverse=True)
        return np.stack([(of == person).any(axis=1) for person in people])[places]


def _narrow(found: Likeness) -> Likeness:
    """In half the memory: there are a thousand million scores."""
    return Likeness(found.mean.astype(np.float32), found.spread.astype(np.float32))


def entries(vectors: Floats) -> list[Floats]:
    """What a gallery keeps of n people with so many references each (n, references, d): each of them, and their mean."""
    single = [vectors[:, i] for i in range(vectors.shape[1])]
    return single if len(single) == 1 else [*single, unit(vectors.sum(axis=1))]


def best_scores(
    probes: Probes, people: People, sizes: Sequence[int], references: int, random: np.random.Generator
) -> dict[int, Floats]:
    """The best score (p,) of each probe among the first so many drawn strangers, by size; sizes rise."""
    best, found, done = np.full(len(probes.vectors), -1, np.float32), {}, 0
    for block in draw(people, max(sizes), references, random):
        scores = np.max([probes.scores(kept, block.of) for kept in entries(block.vectors)], axis=0)
        scores[probes.related(block.of)] = -1
        for size in sizes:
            if done < size <= done + len(block.of):
                found[size] = np.maximum(best, scores[:, : size - done].max(axis=1))
        best, done = np.maximum(best, scores.max(axis=1)), done + len(block.of)
    return found


def pair_scores(probes: Probes) -> Floats:
    """The scores of all pairs of photos of two people."""
    scores = probes.scores(probes.vectors, probes.shows[:, None])
    rows, columns = np.triu_indices(len(scores), 1)
    return np.asarray(scores[rows, columns][probes.shows[rows] != probes.shows[columns]])
