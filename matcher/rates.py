"""How many appearances are missed, and how many strangers matched, in a gallery of this size."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.calibration import VIDEOS, Calibration, MatedScores
from matcher.intervals import Between, false_matches_of_others, of_others

LARGEST_GALLERY = 1_000_000
"""Comparisons up to which rates are told: beyond it the tail would be carried further than anybody looked at."""

POINTS = 24
"""Scores above the threshold at which it is asked how often a stranger outdoes them."""

FEW_MISSES = 0.02
"""Share of appearances missed that more references are advised for as long as they bring it down to this."""

ADVISED = (2, 3, 5)

BRACKETS = "brackets hold what other people would show 19 times in 20"
MEASURED_PACKS = "A pack that was measured brings it: build the pack open anew, or add another."

FORETOLD = 10.0
"""Times the false matches told that other people may show, from which the figure is called foretold."""

FEW = 5.0
"""False matches in 1,000 videos up to which fractions of one are told."""

ROUNDING = 1e-9
"""By how much a share may be off the whole number that it stands for."""


@dataclass(frozen=True)
class GalleryRates:
    """subjects: who are compared. references: how many they have on average. misses: share of their appearances that is
    missed, 0 to 1; None where it is not known for this size. false_matches: expected in 1,000 videos of nobody enrolled, at
    most. misses_between, false_between: what other people may show, in the same units; None where it was not measured.
    """

    subjects: int
    references: float
    misses: float | None
    false_matches: float
    misses_between: Between | None = None
    false_between: Between | None = None


@dataclass(frozen=True)
class Missed:
    """A share of appearances that is missed, and what other people may show; None where that was not measured."""

    share: float
    between: Between | None


def comparisons(references: Mapping[int, int], per_reference: float) -> int:
    """What a gallery counts as. references: the number of subjects by the number of their references. See Calibration."""
    return round(sum(subjects * (1 + per_reference * math.log(count)) for count, subjects in references.items() if count > 0))


def gallery_rates(calibration: Calibration, references: Mapping[int, int]) -> GalleryRates:
    """The rates at the threshold that a gallery of this size gets; references as in comparisons."""
    held = {count: subjects for count, subjects in references.items() if count > 0 and subjects > 0}
    subjects = sum(held.values())
    compared = comparisons(held, calibration.per_reference)
    threshold = calibration.threshold(compared)
    false = calibration.expected_false_matches(threshold, compared)
    around = false_matches_of_others(calibration, threshold, compared)
    mean = sum(count * own for count, own in held.items()) / subjects if subjects else 0.0
    if not subjects or compared > LARGEST_GALLERY or not calibration.mated:
        return GalleryRates(subjects, mean, None, false, None, around)
    found = _in_all({missed(calibration, compared, count): own / subjects for count, own in held.items()})
    return GalleryRates(subjects, mean, found.share, false, found.between, around)


def _in_all(parts: Mapping[Missed, float]) -> Missed:
    """Of appearances of which these shares are missed in these parts."""
    share = sum(own.share * part for own, part in parts.items())
    around = [(own.between, part) for own, part in parts.items() if own.between is not None]
    if len(around) < len(parts):
        return Missed(share, None)
    return Missed(share, Between(sum(own.low * part for own, part in around), sum(own.high * part for own, part in around)))


def missed(calibration: Calibration, compared: int, references: int) -> Missed:
    """What is missed of the appearances of a subject with so many references among so many comparisons.

    Between measured numbers of references it lies in proportion, beyond the largest it is that one's. Raises ValueError for a
    calibration without mated scores.
    """
    if not calibration.mated:
        raise ValueError("this calibration does not say what mated appearances score")
    known = sorted(calibration.mated, key=lambda scores: scores.references)
    threshold = calibration.threshold(compared)
    shares = [_missed(calibration, compared, scores, threshold) for scores in known]
    around = _around(known, shares)
    counts = [scores.references for scores in known]
    share = float(np.interp(references, counts, shares))
    if around is None:
        return Missed(share, None)
    low, high = (float(np.interp(references, counts, ends)) for ends in ([b.low for b in around], [b.high for b in around]))
    return Missed(share, Between(low, high))


def _around(known: Sequence[MatedScores], shares: Sequence[float]) -> list[Between] | None:
    """What is foretold was seen in nobody: other people may show as much as with the most references that were measured."""
    found: list[Between] = []
    people = None
    for scores, share in zip(known, shares, strict=True):
        people = scores.people or people
        if people is None:
            return None
        own = of_others(share, people)
        found.append(own if scores.people else Between(own.low, max(own.high, found[-1].high)))
    return found


def _missed(calibration: Calibration, compared: int, mated: MatedScores, threshold: float) -> float:
    """Missed is what stays below the threshold, and what a stranger to it outdoes."""
    below = float(np.interp(threshold, mated.scores, mated.shares))
    shares = below + (1 - below) * (np.arange(POINTS) + 0.5) / POINTS
    scores = np.interp(shares, mated.shares, mated.scores)
    outdone = float(np.mean([calibration.expected_false_matches(float(score), compared) for score in scores])) / VIDEOS
    return below + (1 - below) * outdone


def references_advised(calibration: Calibration, subjects: int) -> tuple[int, Missed] | None:
    """How many references each of so many subjects should have, and what is missed then; None where not known.

    The fewest with which FEW_MISSES is kept, or else the most that were measured.
    """
    found = None
    for count in ADVISED:
        rates = gallery_rates(calibration, {count: subjects})
        if rates.misses is None:
            return None
        found = count, Missed(rates.misses, rates.misses_between)
        if rates.misses <= FEW_MISSES:
            break
    return found


def in_words(rates: GalleryRates, calibration: Calibration) -> tuple[str, ...]:
    """Sentences for a person: the rates with the size that they hold for, and what more references would bring."""
    if not rates.subjects:
        return ()
    people = "1 enrolled person" if rates.subjects == 1 else f"{rates.subjects:,} enrolled people"
    photos = "photo" if rates.references == 1 else "photos"
    among = f"Among {people} with {rates.references:.3g} {photos} each"
    if rates.misses is None:
        unknown = f"{among} the share of appearances that is missed is not known for this size"
        return (f"{unknown}: the pack's calibration does not hold it. {MEASURED_PACKS}",)
    missing = of_hundred(rates.misses, rates.misses_between)
    brackets = f"; {BRACKETS}" if rates.misses_between or rates.false_between else ""
    false = f"{_of_videos(rates)} of nobody enrolled would raise a match{brackets}"
    said = [f"{among}, about {missing} photos of the kind measured would be missed, and {false}."]
    advised = references_advised(calibration, rates.subjects)
    if advised is not None and rates.misses > FEW_MISSES and advised[0] > rates.references:
        better = of_hundred(advised[1].share, advised[1].between)
        said.append(f"With {advised[0]} photos each it would be about {better}: add more of different days.")
    return tuple(said)


def _of_videos(rates: GalleryRates) -> str:
    """Brackets that hold everything say nothing: words say it instead."""
    around, false = rates.false_between, rates.false_matches
    if around is None:
        return f"about {false:.2g} in 1,000 videos"
    if around.high > FORETOLD * false:
        return f"about {false:.2g} in 1,000 videos (foretold from fewer people: it may be none, or many more)"
    low, high = (math.floor(around.low), math.ceil(around.high)) if false > FEW else (around.low, around.high)
    return f"about {false:.2g} ({low:.2g} to {high:.2g}) in 1,000 videos"


def of_hundred(share: float, between: Between | None = None) -> str:
    """A share in words that promise no more than it knows; in brackets what other people may show, rounded outwards."""
    of = 1000 if share < 0.0095 else 100
    low, high = (math.floor(between.low * of + ROUNDING), math.ceil(between.high * of - ROUNDING)) if between else (0, 0)
    if share < 0.001:
        return "fewer than 1 in 1,000" + (f" (up to {high})" if high > 1 else "")
    brackets = f" ({low} to {high})" if between else ""
    return f"{share * of:.0f} of {of:,}{brackets}"
