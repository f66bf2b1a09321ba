"""Misses and false matches in galleries of real members among drawn strangers: as they are printed, and as they are observed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from scipy.stats import beta

from benchmarks.fitting import MEASURED, Shares, Trials, fitted, trials
from benchmarks.strangers import Cohort, Floats, People, Probes, best_scores
from matcher.assemble import recognisers_of
from matcher.calibration import VIDEOS, Calibration
from matcher.errors import MatcherError
from matcher.evaluate import read_truth
from matcher.face.recogniser import FaceRecogniser
from matcher.intervals import Between
from matcher.media.pictures import read_picture
from matcher.packs.store import load
from matcher.rates import comparisons, gallery_rates

SIZES = (1_000, 10_000, 100_000)
REFERENCES = (1, 2, 3, 5)
HEADER = (
    "| calibrated on | strangers | references | threshold | missed, printed (other people) | observed (95% interval) "
    "| false in 1,000, printed (other people) | observed (95% interval) |\n|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Faces:
    """Vectors by person: of whom there are several photos, and of whom there is one."""

    members: People
    others: People


def galleries(
    truth: Path,
    pack: Annotated[str, typer.Option()],
    models: Annotated[Path, typer.Option(envvar="SEMBLANCE_MODELS")],
    seed: int = 1,
    fit: Annotated[bool, typer.Option("--fit", help="Print the calibration for the pack as JSON, and nothing else.")] = False,
) -> None:
    """Print rates for 10^3, 10^4 and 10^5 drawn strangers: the pack's own, and those of one half of the people for the other."""
    (recogniser,) = recognisers_of(load(models, pack))
    assert isinstance(recogniser, FaceRecogniser)
    faces, base = faces_of(truth, recogniser), recogniser.calibration
    if fit:
        words = f"all pairs of {sum(map(len, faces.members.values())):,} photos of {len(faces.members)} people of LFW"
        print(fitted(faces.members, cohort_of(faces.members, base), base, words).model_dump_json(indent=1))
        return
    print(HEADER)
    for line in report("the pack", base, faces, faces.others, faces.members, faces, REFERENCES, seed):
        print(line, flush=True)
    for number, (ours, theirs) in enumerate(halves(faces, seed), 1):
        made = fitted(ours.members, cohort_of(ours.members, base), base, "one half")
        test = {**theirs.members, **theirs.others}
        for line in report(f"half {number}", made, ours, test, theirs.members, ours, MEASURED, seed):
            print(line, flush=True)


def faces_of(truth: Path, recogniser: FaceRecogniser) -> Faces:
    found: dict[str, list[Floats]] = defaultdict(list)
    for media in dict.fromkeys(row.media for row in read_truth(truth)):
        try:
            vector = recogniser.enrol(read_picture(truth.parent / media), prominent=True)["vector"]
        except MatcherError:
            continue  # what shows no face is nobody's photo
        found[Path(media).stem.rsplit("_", 1)[0]].append(np.asarray(vector, np.float32))
    people = {number: np.stack(vectors) for number, vectors in enumerate(found.values())}
    return Faces({n: v for n, v in people.items() if len(v) > 1}, {n: v for n, v in people.items() if len(v) == 1})


def cohort_of(people: People, base: Calibration) -> Cohort:
    return Cohort(np.array(list(people)), np.stack([photos[0] for photos in people.values()]), base.cohort)


def halves(faces: Faces, seed: int) -> Iterator[tuple[Faces, Faces]]:
    """Both ways to take one half of the people and leave the other."""
    random = np.random.default_rng(seed)
    members, others = (_halved(people, random) for people in (faces.members, faces.others))
    first, second = (Faces(*parts) for parts in zip(members, others, strict=True))
    yield first, second
    yield second, first


def _halved(people: People, random: np.random.Generator) -> tuple[People, People]:
    order = random.permutation(list(people)).tolist()
    first, second = ({key: people[key] for key in order[start::2]} for start in (0, 1))
    return first, second


def report(
    words: str,
    calibration: Calibration,
    drawn_from: Faces,
    strangers: People,
    members: People,
    cohort_from: Faces,
    references: Iterable[int],
    seed: int,
) -> Iterator[str]:
    """A line for each size and number of references. strangers: who is a probe, one photo each.

    A member's photo is missed below the threshold, and as often above it as a stranger's best score in that gallery is higher.
    """
    cohort = cohort_of(cohort_from.members, calibration)
    probes = Probes.of({key: vectors[:1] for key, vectors in strangers.items()}, cohort)
    parents = {**drawn_from.members, **drawn_from.others}
    for count in references:
        best = best_scores(probes, parents, SIZES, count, np.random.default_rng(seed))
        tried = trials(members, cohort, count) if count in MEASURED else None
        for size in SIZES:
            rates = gallery_rates(calibration, {count: size})
            threshold = calibration.threshold(comparisons({count: size}, calibration.per_reference))
            false = float((best[size] >= threshold).mean())
            lost = missed(tried, threshold, best[size]) if tried else None
            yield (
                f"| {words} | {size:,} | {count} | {threshold:.3f} | {rates.misses or 0:.3f}{between(rates.misses_between)} "
                f"| {observed(lost.mean, lost.independent) if lost else 'foretold'} "
                f"| {rates.false_matches:.0f}{between(per_video(rates.false_between), VIDEOS)} "
                f"| {observed(false, len(best[size]), VIDEOS)} |"
            )


def missed(tried: Trials, threshold: float, strangers: Floats) -> Shares:
    """By photo, the share of choices of references with which it is missed. strangers: best scores in the same gallery."""
    outdone = (strangers > tried.scores[:, None]).mean(axis=1)
    return tried.by_photo(np.where(tried.scores < threshold, 1.0, outdone))


def observed(mean: float, independent: float, scale: int = 1) -> str:
    """A mean of shares, of photos that tell as much as so many independent ones, with its exact 95% interval, times scale."""
    low, high = exact(mean, independent)
    digits = 0 if scale > 1 else 3
    return f"{mean * scale:.{digits}f} ({low * scale:.{digits}f} to {high * scale:.{digits}f})"


def exact(mean: float, independent: float) -> tuple[float, float]:
    """The interval of Clopper and Pearson, 1934, for a number of photos that need be no whole one."""
    lost = mean * independent
    low = float(beta.ppf(0.025, lost, independent - lost + 1)) if lost > 0 else 0.0
    high = float(beta.ppf(0.975, lost + 1, independent - lost)) if lost < independent else 1.0
    return low, high


def between(found: Between | None, scale: int = 1) -> str:
    digits = 0 if scale > 1 else 3
    return f" ({found.low * scale:.{digits}f} to {found.high * scale:.{digits}f})" if found else ""


def per_video(found: Between | None) -> Between | None:
    return Between(found.low / VIDEOS, found.high / VIDEOS) if found else None
