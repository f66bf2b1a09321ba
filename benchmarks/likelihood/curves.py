"""Curves of likelihood ratios fitted to some people, and what they give others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.galleries import Faces, halves
from benchmarks.kinds import FEWEST_PEOPLE, kinds_of
from benchmarks.likelihood.fitting import STEP, above, bounds, cllr, cllr_min, logistic
from benchmarks.likelihood.scores import Compared, Scores, of_photos, within
from matcher.calibration import Calibration
from matcher.likelihood import RatioCurve

LIMITS = (10, 30, 100, 300, 1000)
MOST = 1e9
"""Above every ratio."""


@dataclass(frozen=True)
class Asked:
    """What a curve gives others. above: the share of strangers above each of LIMITS, times it: at most 1 where it holds."""

    cllr: float
    least: float
    bounds: tuple[float, float]
    above: tuple[float, ...]


def curve(fitted: Compared, knots: int, *, bounded: bool = True) -> RatioCurve:
    """Logistic, straight between knots. bounded: by what the same data can show, as many independent comparisons counted as there
    are people.
    """
    at = np.linspace(float(np.quantile(fitted.strangers, 0.5)), float(np.quantile(fitted.mated, 0.5)), knots)
    logs = logistic(fitted.mated, fitted.strangers, at)
    low, high = float(logs[0]), float(logs[-1])
    if bounded:
        own = [np.interp(scores, at, logs) for scores in (fitted.mated, fitted.strangers)]
        low, high = bounds(*own, fitted.people, fitted.people)
    rising = logs + np.arange(len(logs)) * 1e-9
    ends = np.interp([low, high], rising, at)
    points = np.unique(np.round([*ends, *at[(at > ends[0]) & (at < ends[1])]], 4))
    return RatioCurve(
        measured_on=f"all pairs of photos of {fitted.people} people of LFW",
        scores=tuple(points.tolist()),
        logs=tuple(np.round(np.clip(np.interp(points, at, logs), low, high), 3).tolist()),
        people=fitted.people,
        cllr=0.0,
        cllr_min=0.0,
    )


def ratios(made: RatioCurve, scores: Scores) -> Scores:
    return np.asarray(10 ** np.interp(scores, made.scores, made.logs), np.float64)


def asked(made: RatioCurve, others: Compared) -> Asked:
    mated, strangers = (ratios(made, own) for own in (others.mated, others.strangers))
    return Asked(
        cllr(mated, strangers), cllr_min(others.mated, others.strangers), (made.logs[0], made.logs[-1]), shares(strangers)
    )


def shares(strangers: Scores) -> tuple[float, ...]:
    return tuple(limit * above(strangers, limit) for limit in LIMITS)


Halves = Sequence[tuple[Compared, Compared]]


def split(faces: Faces, base: Calibration, seeds: Sequence[int]) -> Halves:
    """For each seed one half of the people and the other, both ways round."""
    found = list[tuple[Compared, Compared]]()
    for seed in seeds:
        first, second = (of_photos(own.members, base) for own, _ in halves(faces, seed))
        found += [(first, second), (second, first)]
    return found


def left_out(parts: Halves, knots: int, *, bounded: bool = True) -> list[Asked]:
    """Each half asked by what the other gave."""
    return [asked(curve(ours, knots, bounded=bounded), theirs) for ours, theirs in parts]


@dataclass(frozen=True)
class Kind:
    """Strangers of one kind of face, by a curve to which nobody of the kind was fitted. ratios (n,)."""

    people: int
    ratios: Scores

    @property
    def holds_to(self) -> float:
        """The highest ratio up to which no more than 1 in t of these strangers is above t."""
        limits = 10 ** np.arange(0, np.log10(self.ratios.max()) + STEP, STEP)
        broken = [limit for limit in limits if limit * above(self.ratios, limit) > 1]
        return float(min(broken, default=MOST) / 10**STEP)


def of_kinds(faces: Faces, base: Calibration, knots: int) -> Mapping[int, Kind]:
    """Kinds of face, each left out in turn; see benchmarks.kinds."""
    people = {**faces.members, **faces.others}
    kind, found = kinds_of(people), dict[int, Kind]()
    for number in sorted(set(kind.values())):
        own = {name: photos for name, photos in people.items() if kind[name] == number}
        if len(own) >= FEWEST_PEOPLE:
            rest = {name: photos for name, photos in faces.members.items() if kind[name] != number}
            made = curve(of_photos(rest, base), knots)
            found[number] = Kind(len(own), ratios(made, within(people, own, base)))
    return found


def most_of_kinds(kinds: Mapping[int, Kind], without: int | None = None) -> float:
    """The highest ratio that holds for strangers of each kind, two digits of it; without: one kind that is not looked at."""
    most = min(kind.holds_to for number, kind in kinds.items() if number != without)
    step = 10 ** (int(np.log10(most)) - 1)
    return float(int(most / step) * step)
