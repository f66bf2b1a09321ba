"""How often the brackets that are printed hold what other people show: fitted to one half of the people, asked of the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.fitting import MEASURED, Shares, fitted, trials
from benchmarks.galleries import SIZES, Faces, cohort_of, exact, faces_of, halves
from matcher.assemble import recognisers_of
from matcher.calibration import VIDEOS, Calibration
from matcher.face.recogniser import FaceRecogniser
from matcher.packs.store import load
from matcher.rates import comparisons, gallery_rates


@dataclass(frozen=True)
class Asked:
    """printed: a share missed with what is in its brackets, low to high. seen: that of other people, with its own interval."""

    references: int
    size: int
    printed: float
    low: float
    high: float
    seen: float
    interval: tuple[float, float]

    @property
    def covered(self) -> bool:
        """Whether what is seen lies in the brackets; shares are told to the thousandth."""
        return self.low - 0.0005 <= self.seen <= self.high + 0.0005

    @property
    def without_brackets(self) -> bool:
        """Whether the printed figure alone lies in the interval of what is seen."""
        return self.interval[0] <= self.printed <= self.interval[1]


def coverage(
    truth: Path,
    pack: Annotated[str, typer.Option()],
    models: Annotated[Path, typer.Option(envvar="SEMBLANCE_MODELS")],
    splits: int = 100,
) -> None:
    """Print how often miss rates printed from one half of the people hold for the other, over so many splits, both ways round."""
    (recogniser,) = recognisers_of(load(models, pack))
    assert isinstance(recogniser, FaceRecogniser)
    found = [*asked(faces_of(truth, recogniser), recogniser.calibration, splits)]
    print("| references | strangers | missed, printed | observed | in the brackets | figure alone in the observed interval |")
    print("|---|---|---|---|---|---|")
    for count in MEASURED:
        for size in SIZES:
            print(line([own for own in found if (own.references, own.size) == (count, size)]))


def line(own: list[Asked]) -> str:
    printed, seen, covered, alone = (
        float(np.mean([getattr(asked, name) for asked in own])) for name in ("printed", "seen", "covered", "without_brackets")
    )
    return f"| {own[0].references} | {own[0].size:,} | {printed:.4f} | {seen:.4f} | {covered:.1%} | {alone:.0%} |"


def asked(faces: Faces, base: Calibration, splits: int) -> Iterator[Asked]:
    """For each split, both ways round, each size and each number of references that can be observed."""
    for seed in range(1, splits + 1):
        for ours, theirs in halves(faces, seed):
            cohort = cohort_of(ours.members, base)
            made = fitted(ours.members, cohort, base, "one half", halves=0)
            for count in MEASURED:
                tried = trials(theirs.members, cohort, count)
                for size in SIZES:
                    yield _asked(made, count, size, tried.by_photo(lost(tried.scores, made, count, size)))


def lost(scores: NDArray[np.floating], made: Calibration, count: int, size: int) -> NDArray[np.float64]:
    """By trial (t,): 1 below the threshold, above it as often as a stranger is expected to score higher."""
    compared = comparisons({count: size}, made.per_reference)
    grid = np.linspace(float(scores.min()), max(1.1, float(scores.max())), 400)
    outdone = [made.expected_false_matches(float(score), compared) / VIDEOS for score in grid]
    return np.where(scores < made.threshold(compared), 1.0, np.interp(scores, grid, outdone))


def _asked(made: Calibration, count: int, size: int, seen: Shares) -> Asked:
    rates = gallery_rates(made, {count: size})
    assert rates.misses is not None
    assert rates.misses_between is not None
    around = rates.misses_between
    return Asked(count, size, rates.misses, around.low, around.high, seen.mean, exact(seen.mean, seen.independent))
