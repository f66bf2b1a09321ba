"""How many appearances are missed, and how many strangers matched, in a gallery of this size."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from matcher.calibration import VIDEOS, Calibration, MatedScores

LARGEST_GALLERY = 1_000_000
"""Comparisons up to which rates are told: beyond it the tail would be carried further than anybody looked at."""

POINTS = 24
"""Scores above the threshold at which it is asked how often a stranger outdoes them."""

FEW_MISSES = 0.02
"""Share of appearances missed that more references are advised for as long as they bring it down to this."""

ADVISED = (2, 3, 5)


@dataclass(frozen=True)
class GalleryRates:
    """subjects: who are compared. references: how many they have on average. misses: share of their appearances that is
    missed, 0 to 1; None where it is not known for this size. false_matches: expected in 1,000 videos of nobody enrolled, at most.
    """

    subjects: int
    references: float
    misses: float | None
    false_matches: float


def comparisons(references: Mapping[int, int], per_reference: float) -> int:
    """What a gallery counts as. references: the number of subjects by the number of their references. See Calibration."""
    return round(sum(subjects * (1 + per_reference * math.log(count)) for count, subjects in references.items() if count > 0))


def gallery_rates(calibration: Calibration, references: Mapping[int, int]) -> GalleryRates:
    """The rates at the threshold that a gallery of this size gets; references as in comparisons."""
    held = {count: subjects for count, subjects in references.items() if count > 0 and subjects > 0}
    subjects = sum(held.values())
    compared = comparisons(held, calibration.per_reference)
    false = calibration.expected_false_matches(calibration.threshold(compared), compared)
    mean = sum(count * own for count, own in held.items()) / subjects if subjects else 0.0
    if not subjects or compared > LARGEST_GALLERY or not calibration.mated:
        return GalleryRates(subjects, mean, None, false)
    missed = sum(own * miss_rate(calibration, compared, count) for count, own in held.items())
    return GalleryRates(subjects, mean, missed / subjects, false)


def miss_rate(calibration: Calibration, compared: int, references: int) -> float:
    """Share of the appearances of a subject with so many references that is missed among so many comparisons.

    Between measured numbers of references it lies in proportion, beyond the largest it is that one's. Raises ValueError for a
    calibration without mated scores.
    """
    if not calibration.mated:
        raise ValueError("this calibration does not say what mated appearances score")
    known = sorted(calibration.mated, key=lambda scores: scores.references)
    threshold = calibration.threshold(compared)
    misses = [_missed(calibration, compared, scores, threshold) for scores in known]
    return float(np.interp(references, [scores.references for scores in known], misses))


def _missed(calibration: Calibration, compared: int, mated: MatedScores, threshold: float) -> float:
    """Missed is what stays below the threshold, and what a stranger to it outdoes."""
    below = float(np.interp(threshold, mated.scores, mated.shares))
    shares = below + (1 - below) * (np.arange(POINTS) + 0.5) / POINTS
    scores = np.interp(shares, mated.shares, mated.scores)
    outdone = float(np.mean([calibration.expected_false_matches(float(score), compared) for score in scores])) / VIDEOS
    return below + (1 - below) * outdone


def references_advised(calibration: Calibration, subjects: int) -> tuple[int, float] | None:
    """How many references each of so many subjects should have, and the share that is missed then; None where not known.

    The fewest with which FEW_MISSES is kept, or else the most that were measured.
    """
    found = None
    for count in ADVISED:
        misses = gallery_rates(calibration, {count: subjects}).misses
        if misses is None:
            return None
        found = count, misses
        if misses <= FEW_MISSES:
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
        return (f"{unknown}: the pack's calibration does not hold it. A pack that was measured brings it: semblance models add.",)
    false = f"about {rates.false_matches:.2g} in 1,000 videos of nobody enrolled would raise a match"
    said = [f"{among}, about {of_hundred(rates.misses)} photos of the kind measured would be missed, and {false}."]
    advised = references_advised(calibration, rates.subjects)
    if advised is not None and rates.misses > FEW_MISSES and advised[0] > rates.references:
        said.append(f"With {advised[0]} photos each it would be about {of_hundred(advised[1])}: add more of different days.")
    return tuple(said)


def of_hundred(share: float) -> str:
    """A share in words that promise no more than it knows."""
    if share < 0.001:
        return "fewer than 1 in 1,000"
    return f"{share * 1000:.0f} of 1,000" if share < 0.0095 else f"{share * 100:.0f} of 100"
