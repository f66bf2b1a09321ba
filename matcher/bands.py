"""How sure a match is, in a word."""

import math

BANDS = (("strong", 1.0), ("likely", 5.0), ("possible", math.inf))
"""How sure a match is, in a word, by the most expected false matches per 1,000 videos that each band holds."""


BANDS_IN_WORDS = (
    "A strong match is one of which at most 1 false one is expected in 1,000 videos without anybody enrolled, a likely one of "
    "which at most 5 are; the others are possible."
)


def band(expected_false_matches: float) -> str:
    """The word for a match with so many expected false matches per 1,000 videos."""
    return next(word for word, most in BANDS if expected_false_matches <= most)
