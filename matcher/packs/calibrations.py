"""Measured calibrations of the packs we know. `python -m benchmarks calibrate` prints them anew.

Pictures of drawn figures: the best score over the regions looked at, and the rate of one comparison.

Faces: the best score that each of 1,140 photos of LFW gave to one of 450 subjects whom it does not show. How rates follow from
that is said at matcher.calibration.measure.
"""

from matcher.calibration import Calibration

_LFW = "1,140 photos of LFW against 450 subjects whom they do not show"
_RATES = (
    *(0.001539, 0.001067, 0.0007646, 0.0005575, 0.0004121, 0.000309, 0.0002319, 0.0001743),
    *(0.0001305, 0.00009966, 0.00007533, 0.00005726, 0.0000433, 0.00003339, 0.00002549, 0.00001958),
)

EDGE_FACE = Calibration(
    measured_on=_LFW,
    scores=(
        *(0.3196, 0.3357, 0.351, 0.364, 0.3762, 0.3869, 0.3993, 0.4086),
        *(0.4179, 0.4318, 0.4465, 0.4619, 0.4719, 0.4864, 0.4928, 0.5079),
    ),
    rates=_RATES,
    least_gallery=100,
)
OPEN_FACE = Calibration(
    measured_on=_LFW,
    scores=(
        *(0.9203, 0.9228, 0.9255, 0.928, 0.9304, 0.9326, 0.9349, 0.937),
        *(0.9389, 0.9419, 0.943, 0.9447, 0.9461, 0.9477, 0.9493, 0.9502),
    ),
    rates=_RATES,
    least_gallery=100,
)
MOBILENET_FIGURE = Calibration(
    measured_on="444 photos against 14 drawn or printed subjects whom they do not show; other cartoons will match more often",
    scores=(
        *(0.4659, 0.4966, 0.5355, 0.5745, 0.5979, 0.6131, 0.6218, 0.6271),
        *(0.6304, 0.6362, 0.641, 0.6502, 0.6575, 0.6615, 0.6636, 0.6696),
    ),
    rates=(
        *(0.0483, 0.03645, 0.02808, 0.02204, 0.01745, 0.0137, 0.01106, 0.008858),
        *(0.007073, 0.005674, 0.004642, 0.003623, 0.002952, 0.002452, 0.001955, 0.001626),
    ),
    least_gallery=100,
)
