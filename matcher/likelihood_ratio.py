"""A likelihood ratio as a match has it, apart from what it is read off: who only decodes loads neither curves nor packs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Likelihood:
    """ratio: of a match. least, most: the bounds within which this pack says any ratio."""

    ratio: float
    least: float
    most: float
