"""Measured calibrations of the packs we know. `python -m benchmarks calibrate` prints them anew."""

from matcher.calibration import Calibration

EDGE_FACE: Calibration | None = None
OPEN_FACE: Calibration | None = None
MOBILENET_FIGURE: Calibration | None = None
