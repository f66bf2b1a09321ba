"""From which score on footage is the same. Here alone, for those who ask nothing else of the recogniser."""

THRESHOLD = 0.378
"""The higher of two: each 1.05 times the highest false score in one half of the clips, and asked of the other half."""

SURE = 0.46
"""From which score on the figure holds. Two drawings that move on one path over like places score .387 with one another
(tests/unit/test_footage_recogniser.py), which no clip of the data does: less than 1.2 times that is a possible match at most."""
