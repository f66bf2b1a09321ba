"""The weight of a score, as it goes with a match: what works it out is matcher.likelihood."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Likelihood:
    """ratio: of a match. least, most: the bounds within which this pack says any ratio."""

    ratio: float
    least: float
    most: float
