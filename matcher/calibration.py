"""From scores to expected false matches: how often strangers score this high."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from matcher.likelihood import RatioCurve
from matcher.likelihood_ratio import Likelihood

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VIDEOS = 1000

MOST_ALIKE = 0.2
"""Share of a cohort that scores are normalised by: the nearest strangers are the ones that get matched."""

KNOWN_AS = 5.0
"""A pack's own figures count as if so many members of the cohort had given them."""

SURELY_SOMEBODY = 0.1
"""Expected false matches per 1,000 videos below which a score settles that it is a match."""

SURELY_NOBODY, BARELY = 0.5, 2.0
"""It settles that it is none above that share of what no likeness at all has, and above so many times what is allowed."""

LARGEST = 1024
"""Subjects in a cohort at most: more change its figures by less than a percent."""


def trust(members: int) -> float:
    """How far so many members' own figures are believed, 0 to 1, beside those that the pack knows."""
    counted = math.ceil(MOST_ALIKE * min(members, LARGEST))
    return counted / (counted + KNOWN_AS)


class PeopleNorm(BaseModel):
    """Whom kinds of face were measured on: see matcher.face.people.

    name: of the file that comes with Semblance. least: the spread of a face's scores with them below which it is of another kind.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$")
    least: float = Field(gt=0)


class KindNorm(BaseModel):
    """How much more alike two strangers of one kind of face are than two strangers at large. All in cosines as they come.

    shift: by how much higher the former score, at most: the upper end of what one more kind than those measured may show.
    apart, alike: the mean score of two strangers at large, and of two of the kind that is told apart worst. kinds: of how many
    kinds this was measured. people: on whom; None where that was not kept, so that a face of another kind is not told.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    shift: float = Field(ge=0)
    apart: float
    alike: float
    kinds: int = Field(ge=2)
    people: PeopleNorm | None = None


class CohortNorm(BaseModel):
    """What a stranger's scores against a cohort look like, for galleries too small to show it: the mean and the spread of
    the most alike fifth. See matcher.face.cohort.

    plain: the scores that have the calibration's rates when they are not normalised at all; none where that was not measured.
    kind: how much higher strangers of one kind of face score; None where that was not measured.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mean: float
    spread: float = Field(gt=0)
    plain: tuple[float, ...] = ()
    kind: KindNorm | None = None


class MatedScores(BaseModel):
    """What appearances of enrolled subjects score with their own subject, where it has so many references.

    shares: rising from 0. scores: at each share, the score that this share of the appearances stays below. people: how many
    different people were measured; None where the scores are foretold from fewer references, or this was not noted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    references: int = Field(ge=1)
    shares: tuple[float, ...] = Field(min_length=2)
    scores: tuple[float, ...] = Field(min_length=2)
    people: int | None = Field(default=None, ge=1)


class Calibration(BaseModel):
    """Measured on pairs that do not belong together.

    scores: rising. rates: at each score, the share of comparisons of a stranger's appearance with one subject that reach
    it. measured_on: the data, in words. allowed: expected false matches per 1,000 videos that a match may have.
    least_gallery: a smaller gallery gets the threshold of one of this size, so that a chance likeness to one of three
    subjects is no match. margin: the lead over the runner-up that a match needs. cohort: by which scores were normalised
    when they were measured; without it they are cosines as they come. per_reference: a subject with n references counts as
    1 + this * ln(n) comparisons, since each of them, and their mean, may resemble a stranger. seen_to: the lowest rate that
    was seen; below it the points follow from the tail of the ones above. errors: of each score, the standard deviation from
    one choice of so many people to another; empty where it was not asked. mated: what belongs together scores, by the number
    of references; empty in a calibration that was made before this was measured. ratios: the weight of a score; None where it
    was not fitted and tested.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    measured_on: str
    scores: tuple[float, ...] = Field(min_length=2)
    rates: tuple[float, ...] = Field(min_length=2)
    allowed: float = Field(default=20.0, gt=0)
    least_gallery: int = Field(default=1, ge=1)
    margin: float = Field(default=0.0, ge=0)
    cohort: CohortNorm | None = None
    per_reference: float = Field(default=0.0, ge=0, le=3)
    seen_to: float | None = None
    errors: tuple[float, ...] = ()
    mated: tuple[MatedScores, ...] = ()
    ratios: RatioCurve | None = None

    def expected_false_matches(self, score: float, gallery_subjects: int) -> float:
        """Matches at this score or above in 1,000 videos that each show one stranger, with this many subjects enrolled."""
        if gallery_subjects <= 0:
            return 0.0
        rate = false_match_rate(score, self._scores_in(gallery_subjects), self.rates)
        return _in_videos(rate, gallery_subjects)

    def of_own_kind(self, score: float, gallery_subjects: int, share: float) -> float | None:
        """The same for strangers of the matched subject's own kind of face, at most; None: this was not measured.

        share: of the gallery's subjects that are of that kind, 0 to 1. Strangers of one kind score higher by the kind's shift;
        of it a cohort of that kind takes away as much as scores are normalised by it.
        """
        if self.cohort is None or self.cohort.kind is None or gallery_subjects <= 0:
            return None
        scores, rates = self._scores_in(gallery_subjects), self.rates
        lowered = score - self.cohort.kind.shift * (1 - trust(gallery_subjects) * share)
        rate = false_match_rate(lowered, scores, rates)
        if lowered < scores[0]:
            slope = math.log(rates[0] / rates[1]) / (scores[1] - scores[0])
            rate = min(1.0, rate * math.exp(slope * (scores[0] - lowered)))
        return _in_videos(rate, 1 + (gallery_subjects - 1) * share)

    def likelihood(self, score: float, gallery_subjects: int, references: int) -> Likelihood | None:
        """The weight of a score with a subject of so many references; None: it was not fitted for this pack."""
        if self.ratios is None or gallery_subjects <= 0:
            return None
        chances = 1 + self.per_reference * math.log(max(references, 1))
        return self.ratios.of(self.normalised_score(score, gallery_subjects), chances)

    def normalised_score(self, score: float, gallery_subjects: int) -> float:
        """A score in a gallery of this size as it would be in a large one; beyond the points it moves as there."""
        import numpy as np

        here = self._scores_in(gallery_subjects)
        return float(score + np.interp(score, here, np.asarray(self.scores) - here))

    def error(self, score: float, gallery_subjects: int) -> float | None:
        """By how much this score's place among strangers' scores is uncertain, as a standard deviation; None: not known."""
        if len(self.errors) != len(self.scores):
            return None
        import numpy as np

        return float(np.interp(score, self._scores_in(gallery_subjects), self.errors))

    def threshold(self, gallery_subjects: int) -> float:
        """The lowest score whose expected false matches stay within what is allowed: it rises with the gallery."""
        gallery_subjects = max(gallery_subjects, self.least_gallery)
        low, high = float(self._scores_in(gallery_subjects)[0]), 1.0
        for _ in range(40):
            middle = (low + high) / 2
            if self.expected_false_matches(middle, gallery_subjects) > self.allowed:
                low = middle
            else:
                high = middle
        return high

    def settles(self, score: float, gallery_subjects: int) -> bool:
        """Whether a few views' score is so high, or so low, that all of an appearance could hardly say anything else."""
        expected, unlike = (self.expected_false_matches(own, gallery_subjects) for own in (score, -1.0))
        # In a small gallery no score at all is that of strangers in half of the videos.
        return expected < SURELY_SOMEBODY or expected > max(SURELY_NOBODY * unlike, BARELY * self.allowed)

    def unnormalised(self) -> "Calibration":
        """The same for cosines as they come, such as those of one photo with another."""
        if self.cohort is None or len(self.cohort.plain) != len(self.scores):
            return self
        return self.model_copy(update={"scores": self.cohort.plain, "cohort": None, "ratios": None})

    def _scores_in(self, gallery_subjects: int) -> "NDArray[np.float64]":
        """The scores at the rates: a small gallery normalises by halves, so there they lie between normalised and plain."""
        # Packs are listed and examined by commands that reckon nothing: NumPy is loaded where something is.
        import numpy as np

        scores = np.asarray(self.scores)
        if self.cohort is None or len(self.cohort.plain) != len(scores):
            return scores
        plain = np.asarray(self.cohort.plain)
        return np.asarray(scores + (1 - trust(gallery_subjects)) * (plain - scores))


UNMEASURED = Calibration(
    measured_on="nothing: this pack came without a calibration, so its error rates are guessed high",
    scores=(0.3, 0.6, 0.9),
    rates=(1e-1, 1e-2, 1e-4),
)
UNMEASURED_FIGURE = Calibration(
    measured_on="nothing: this pack came without a calibration, so its error rates are guessed high, by shares of what the "
    "references themselves score",
    scores=(0.35, 0.72, 0.92),
    rates=(1e-1, 1e-2, 1e-4),
)
"""For scores of matcher.figure.head.in_shares, which mean the same with any encoder and with any number of characters."""


def _in_videos(rate: float, comparisons: float) -> float:
    """In 1,000 videos that are each compared so often, each time matched falsely at this rate."""
    return VIDEOS * -math.expm1(comparisons * math.log1p(-min(rate, 1 - 1e-12)))


def false_match_rate(score: float, scores: "NDArray[np.float64]", rates: "Sequence[float] | NDArray[np.float64]") -> float:
    """The rate at a score: linear in log(rate) between the measured points, and on along the last slope beyond them.

    A tail that falls exponentially is the usual first-order model of impostor scores; beyond the data it is an
    extrapolation, so the slope is taken from the last decade of points, not from the last two.
    """
    import numpy as np

    logs = np.log(rates)
    if score <= scores[-1]:
        return float(np.exp(np.interp(score, scores, logs)))
    start = int(np.searchsorted(-logs, -logs[-1] - math.log(10))) if len(logs) > 2 else 0
    start = min(start, len(logs) - 2)
    slope = (logs[-1] - logs[start]) / (scores[-1] - scores[start])
    return float(np.exp(logs[-1] + slope * (score - scores[-1])))


def calibrated(
    best: "NDArray[np.floating]",
    gallery_subjects: int,
    measured_on: str,
    *,
    allowed: float,
    least_gallery: int,
    cohort: CohortNorm | None = None,
    plain: "NDArray[np.floating] | None" = None,
    points: int = 16,
) -> Calibration:
    """A calibration from the best score (n,) that each of n videos, or photos, gave to a subject whom it does not show.

    A share p of best scores over N subjects means a rate of 1 - (1 - p)^(1/N) for one subject. The points lie evenly in
    log(share), the last at the tenth largest score: what was seen fewer than ten times is no measurement. cohort: by which
    the scores were normalised; plain (n,): the same probes' scores without it.
    """
    import numpy as np

    ordered = np.sort(np.asarray(best, np.float64))[::-1]
    ranks = np.unique(np.geomspace(10, max(11, len(ordered) // 2), points).astype(int))[::-1]
    scores, first = np.unique(np.round(ordered[ranks - 1], 4), return_index=True)
    shares = (ranks / len(ordered))[first]
    rates = -np.expm1(np.log1p(-shares) / gallery_subjects)
    if cohort is not None and plain is not None:
        unnormalised = np.sort(np.asarray(plain, np.float64))[::-1][ranks - 1][first]
        cohort = cohort.model_copy(update={"plain": tuple(np.round(unnormalised, 4).tolist())})
    return Calibration(
        measured_on=measured_on,
        scores=tuple(scores.tolist()),
        rates=tuple(float(f"{rate:.4g}") for rate in rates),
        allowed=allowed,
        least_gallery=least_gallery,
        cohort=cohort,
    )
