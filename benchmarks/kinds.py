"""How much more alike strangers of one kind of face are, and what that makes of the false matches that are printed.

Kinds are found by likeness alone: spectral clustering (Ng, Jordan and Weiss, "On spectral clustering: analysis and an
algorithm", 2001) of the people's mean vectors, where an edge is what a cosine exceeds by that of strangers at large. Nobody is
named, and nothing of anybody is kept: what goes into a pack are three figures, and the covariance of all people together. Kinds
differ as if each were drawn from a normal distribution; what is printed must hold for one more, so that it is the upper end of
a prediction interval for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2
from scipy.stats import t as student

from benchmarks.galleries import exact, faces_of
from benchmarks.strangers import Floats, People, unit
from matcher.assemble import recognisers_of
from matcher.calibration import VIDEOS, Calibration, CohortNorm, KindNorm, PeopleNorm
from matcher.face.gallery import FaceGallery
from matcher.face.people import covariance, spreads, write_people
from matcher.face.recogniser import FaceRecogniser
from matcher.packs.store import load
from matcher.types import Candidate, Gallery, GallerySubject
from registry.kinds import SubjectKind
from registry.types import Template

KINDS, FEWEST_PEOPLE = 12, 15
EDGE_AT = 0.975
"""Quantile of strangers' scores from which two people are neighbours."""

RATES = (1e-2, 3e-3, 1e-3)
"""Rates at which the scores of one kind are held against those of strangers at large."""

SURE = 0.95
LEVELS = (1.0, 5.0, 20.0)
"""Printed expected false matches: the bounds of the bands, and the most that a match may have."""

SMALL, FEW, DRAWS = 23, 4, 40

RARE, FOLDS = 0.01, 10
"""Share of people who count as of a kind that was not measured; in so many parts each is asked of all others."""


def kinds(
    truth: Path,
    pack: Annotated[str, typer.Option()],
    models: Annotated[Path, typer.Option(envvar="SEMBLANCE_MODELS")],
    fit: Annotated[bool, typer.Option("--fit", help="Print the figures for the pack as JSON, and nothing else.")] = False,
    people: Annotated[Path | None, typer.Option(help="With --fit: where the covariance of the measured people goes.")] = None,
) -> None:
    """Print, for each kind of face left out in turn, the false matches printed and those that its own strangers cause."""
    (recogniser,) = recognisers_of(load(models, pack))
    assert isinstance(recogniser, FaceRecogniser)
    faces = faces_of(truth, recogniser)
    if fit:
        made = kind_norm(faces.members, kinds_of(faces.members))
        if people is not None:
            known, least = measured(faces.members)
            write_people(known, people)
            made = made.model_copy(update={"people": PeopleNorm(name=people.stem, least=least)})
        print(made.model_dump_json(indent=1))
        return
    print(
        "| kind | people | gallery | printed at most | observed in 1,000, at large | observed, by kind | holds |\n"
        + "|---" * 7
        + "|"
    )
    for line in map(told, left_out({**faces.members, **faces.others}, recogniser.calibration)):
        print(line, flush=True)


def kinds_of(people: People, count: int = KINDS) -> Mapping[int, int]:
    """The number of each person's kind."""
    means = unit(np.stack([photos.mean(axis=0) for photos in people.values()]))
    alike = means @ means.T
    edges = np.maximum(alike - np.quantile(alike[np.triu_indices(len(alike), 1)], EDGE_AT), 0.0) ** 2
    np.fill_diagonal(edges, 0.0)
    edges += 1e-6
    degree = np.sqrt(edges.sum(axis=1))
    leading = np.linalg.eigh(edges / degree[:, None] / degree)[1][:, -count:]
    rows = leading / np.linalg.norm(leading, axis=1, keepdims=True)
    tries = [kmeans2(rows, count, minit="++", rng=np.random.default_rng(seed), iter=60) for seed in range(8)]
    _, best = min(tries, key=lambda made: float(((rows - made[0][made[1]]) ** 2).sum()))
    return dict(zip(people, best.tolist(), strict=True))


def kind_norm(people: People, kind_of: Mapping[int, int]) -> KindNorm:
    """Of all pairs of photos of two people, at large and of one kind."""
    vectors = np.concatenate(list(people.values()))
    shows = np.array([name for name, photos in people.items() for _ in photos])
    kind = np.array([kind_of[name] for name in shows.tolist()])
    rows, columns = np.triu_indices(len(shows), 1)
    strangers = shows[rows] != shows[columns]
    rows, columns = rows[strangers], columns[strangers]
    scores = np.asarray((vectors @ vectors.T)[rows, columns])
    at_large = np.quantile(scores, [1 - rate for rate in RATES])
    shifts, means = [], []
    for number in sorted(set(kind.tolist())):
        own = (kind[rows] == number) & (kind[columns] == number)
        if len(np.unique(shows[kind == number])) >= FEWEST_PEOPLE:
            shifts.append(float(np.mean(np.quantile(scores[own], [1 - rate for rate in RATES]) - at_large)))
            means.append(float(scores[own].mean()))
    count = len(shifts)
    aside = float(student.ppf((1 + SURE) / 2, count - 1)) * float(np.std(shifts, ddof=1)) * (1 + 1 / count) ** 0.5
    shift, apart, alike = np.round([np.mean(shifts) + aside, scores.mean(), max(means)], 4).tolist()
    return KindNorm(shift=max(0.0, shift), apart=apart, alike=alike, kinds=count)


def measured(people: People) -> tuple[NDArray[np.float64], float]:
    """The covariance (d, d) of people, and the spread of scores that all but RARE of people reach who are left out of it."""
    vectors = np.stack([photos[0] for photos in people.values()])
    part = np.random.default_rng(1).permutation(len(vectors)) % FOLDS
    left = [spreads(vectors[part == fold], covariance(vectors[part != fold])) for fold in range(FOLDS)]
    return covariance(vectors), round(float(np.quantile(np.concatenate(left), RARE)), 4)


@dataclass(frozen=True)
class Held:
    """Of probes of one kind beside one sort of gallery: the shares that match with at most LEVELS printed, by either figure."""

    kind: int
    people: int
    gallery: str
    at_large: NDArray[np.float64]
    by_kind: NDArray[np.float64]

    def holds(self, level: int) -> bool:
        """Whether what is printed lies in the interval of what is observed."""
        low, high = exact(float(self.by_kind[level]), self.people)
        return low <= LEVELS[level] / VIDEOS <= high


def left_out(people: People, base: Calibration, draws: int = DRAWS) -> Iterator[Held]:
    """Each kind in turn is in none of the figures; of its people some are enrolled, in drawn galleries, and the others asked."""
    kind_of, random = kinds_of(people), np.random.default_rng(1)
    for number in sorted(set(kind_of.values())):
        own = [name for name in people if kind_of[name] == number]
        if len(own) < FEWEST_PEOPLE:
            continue
        others = [name for name in people if kind_of[name] != number]
        made = with_kind(base, kind_norm({name: people[name] for name in others}, kind_of))
        small = min(SMALL, len(own) // 2)
        sorts = {f"{small} of the kind": (small, 0), f"{FEW} of the kind of {SMALL}": (FEW, SMALL - FEW), "half of all": (-1, -1)}
        for words, (mine, theirs) in sorts.items():
            found = []
            for _ in range(draws if mine > 0 else 4):
                enrolled = [
                    *random.permutation(own)[: mine if mine > 0 else len(own) // 2].tolist(),
                    *random.permutation(others)[: theirs if mine > 0 else len(others) // 2].tolist(),
                ]
                found += printed(people, enrolled, [name for name in own if name not in set(enrolled)], made)
            each = np.array(found)
            shares = [(each[:, column, None] <= LEVELS).mean(axis=0) for column in (0, 1)]
            yield Held(number, len(own), words, *shares)


def with_kind(base: Calibration, kind: KindNorm | None) -> Calibration:
    assert base.cohort is not None
    cohort: CohortNorm = base.cohort.model_copy(update={"kind": kind})
    return base.model_copy(update={"cohort": cohort})


def printed(people: People, enrolled: Sequence[int], asked: Sequence[int], made: Calibration) -> list[tuple[float, float]]:
    """For each who is asked, with one photo, what is printed with the best match: at large, and by kind as well."""
    gallery = FaceGallery("kinds", made)
    gallery.follow(gallery_of({name: people[name][0] for name in enrolled}))
    best = [candidates[0] for candidates in gallery.nearest(np.stack([people[name][0] for name in asked]))]
    return [_printed(candidate, len(enrolled), made) for candidate in best]


def _printed(best: Candidate, enrolled: int, made: Calibration) -> tuple[float, float]:
    at_large = made.expected_false_matches(best.score, enrolled)
    return at_large, max(at_large, best.false_of_kind)


def gallery_of(vectors: Mapping[int, Floats]) -> Gallery:
    """Of subjects with one reference each."""
    templates = tuple(Template(str(name), str(name), "kinds", {"vector": vector}) for name, vector in vectors.items())
    return Gallery({t.subject_id: GallerySubject(t.subject_id, t.subject_id, SubjectKind.PERSON) for t in templates}, templates)


def told(held: Held) -> str:
    shares = ["/".join(f"{share * VIDEOS:.1f}" for share in shares) for shares in (held.at_large, held.by_kind)]
    holds = "/".join("yes" if held.holds(level) else "no" for level in range(len(LEVELS)))
    levels = "/".join(f"{level:g}" for level in LEVELS)
    return f"| {held.kind} | {held.people} | {held.gallery} | {levels} | {shares[0]} | {shares[1]} | {holds} |"
