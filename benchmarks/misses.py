"""What lowers the misses in large galleries: each way fitted to one half of the people and tried on the other."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import numpy as np
import typer
from scipy.stats import genpareto

from benchmarks.fitting import TAIL
from benchmarks.galleries import SIZES, cohort_of, faces_of, halves
from benchmarks.strangers import Cohort, Floats, People, Probes, unit
from matcher.assemble import recognisers_of
from matcher.calibration import VIDEOS, Calibration
from matcher.face.recogniser import FaceRecogniser
from matcher.packs.store import load

Fusion = Callable[[Floats, Floats], Floats]
"""From the scores with each reference (references, p) and with the mean of all (p,) to one score (p,)."""


@dataclass(frozen=True)
class Way:
    """references: that a member has. normalised: by the cohort. straight: the tail goes on as its last decade did."""

    references: int
    fusion: Fusion
    normalised: bool = True
    straight: bool = False


def _best(each: Floats, _mean: Floats) -> Floats:
    return np.asarray(each.max(axis=0))


def _average(each: Floats, _mean: Floats) -> Floats:
    return np.asarray(each.mean(axis=0))


def _of_mean(_each: Floats, mean: Floats) -> Floats:
    return mean


def _either(each: Floats, mean: Floats) -> Floats:
    return np.maximum(each.max(axis=0), mean)


WAYS: Mapping[str, Way] = MappingProxyType(
    {
        "1 photo, cosine": Way(1, _best, normalised=False),
        "1 photo, normalised, straight tail (before)": Way(1, _best, straight=True),
        "1 photo, normalised (product)": Way(1, _best),
        "2 photos, best score": Way(2, _best),
        "2 photos, mean of scores": Way(2, _average),
        "2 photos, mean vector": Way(2, _of_mean),
        "2 photos, best of each and the mean vector (product)": Way(2, _either),
    }
)


def misses(
    truth: Path,
    pack: Annotated[str, typer.Option()],
    models: Annotated[Path, typer.Option(envvar="SEMBLANCE_MODELS")],
    splits: int = 2,
) -> None:
    """Print for each way the share missed with 10^3, 10^4 and 10^5 people, at 20 false matches in 1,000, half by half."""
    (recogniser,) = recognisers_of(load(models, pack))
    assert isinstance(recogniser, FaceRecogniser)
    faces = faces_of(truth, recogniser)
    parts = [half for seed in range(1, splits + 1) for half in halves(faces, seed)]
    print("| way | people | missed, mean of the halves (spread) | each half |\n|---|---|---|---|")
    for line in report([(ours.members, theirs.members) for ours, theirs in parts], recogniser.calibration):
        print(line, flush=True)


def report(parts: Iterable[tuple[People, People]], base: Calibration) -> Iterator[str]:
    """parts: whom each way is fitted to, and whom it is tried on."""
    held = list(parts)
    for words, way in WAYS.items():
        tried = [_misses(way, ours, theirs, base) for ours, theirs in held]
        for place, size in enumerate(SIZES):
            found = [own[place] for own in tried]
            each = ", ".join(f"{share:.3f}" for share in found)
            yield f"| {words} | {size:,} | {np.mean(found):.3f} ({np.std(found, ddof=1):.3f}) | {each} |"


def _misses(way: Way, ours: People, theirs: People, base: Calibration) -> list[float]:
    known = cohort_of(ours, base)
    cohort = known if way.normalised else Cohort(known.names, known.vectors, None)
    strangers = _scores(way, ours, cohort, mated=False)
    mated = _scores(way, theirs, cohort, mated=True)
    return [float((mated < limit).mean()) for limit in _limits(way, strangers, base)]


def _scores(way: Way, people: People, cohort: Cohort, *, mated: bool) -> Floats:
    """Of photos beside references that the first ones of each person are in turn: of the same person, or of the others."""
    probes = Probes.of(people, cohort)
    place = np.concatenate([np.arange(len(photos)) for photos in people.values()])
    found = []
    for key, photos in people.items():
        for chosen in combinations(range(len(photos)), way.references):
            kept = np.concatenate([photos[list(chosen)], unit(photos[list(chosen)].sum(axis=0, keepdims=True))])
            own = probes.shows == key
            asked = own & ~np.isin(place, chosen) if mated else ~own
            scores = probes.among(asked).scores(kept, np.full((len(kept), 1), key)).T
            found.append(way.fusion(scores[:-1], scores[-1]))
    return np.concatenate(found)


def _limits(way: Way, strangers: Floats, base: Calibration) -> list[float]:
    """The scores that strangers among so many people reach as often as is allowed, by size."""
    rates = [-np.expm1(np.log1p(-base.allowed / VIDEOS) / size) for size in SIZES]
    if way.straight:
        last, decade = np.quantile(strangers, (1 - 3.2e-5, 1 - 3.2e-4))
        return [float(last + (last - decade) * np.log10(3.2e-5 / rate)) for rate in rates]
    start = np.quantile(strangers, 1 - TAIL)
    shape, _, scale = genpareto.fit(strangers[strangers > start] - start, floc=0)
    return [float(start + genpareto.isf(rate / TAIL, shape, 0, scale)) for rate in rates]
