"""Measured calibrations of the packs we know. `python -m benchmarks calibrate` prints them anew.

Pictures of drawn figures: the best score over the regions looked at, and the rate of one comparison.

Faces, `edge`: all pairs of photos of the 450 people of LFW of whom there are several, as `python -m benchmarks galleries --fit`
prints them; how is said at benchmarks/fitting.py. `open`: the best score that each of 690 of those photos gave to somebody else
than whom it shows; how rates follow from that is said at matcher.calibration.measure. The 450 photos of nobody enrolled are left
for testing what is promised.
"""

from matcher.calibration import Calibration, CohortNorm, MatedScores

_LFW = "690 photos of LFW against 450 subjects whom they do not show"
_RATES = (
    *(0.001539, 0.001113, 0.0008294, 0.0006241, 0.0004797, 0.0003668, 0.0002848, 0.0002234),
    *(0.0001741, 0.0001361, 0.0001055, 0.00008201, 0.00006536, 0.00005214, 0.00003899, 0.00003244),
)

_PAIRS = "all pairs of 1,140 photos of 450 people of LFW; rates below 1 in 66,000 follow from the tail of the ones above"
_TAIL_RATES = (
    *(0.003, 0.001368, 0.0006242, 0.0002847, 0.0001299, 5.924e-05, 2.702e-05, 1.233e-05),
    *(5.622e-06, 2.565e-06, 1.17e-06, 5.336e-07, 2.434e-07, 1.11e-07, 5.064e-08, 2.31e-08),
    *(1.054e-08, 4.806e-09, 2.192e-09, 1e-09),
)
_SHARES = (
    *(0, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15),
    *(0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1),
)


def _mated(references: int, *scores: float) -> MatedScores:
    return MatedScores(references=references, shares=_SHARES, scores=scores)


EDGE_FACE = Calibration(
    measured_on=_PAIRS,
    scores=(
        *(0.2911, 0.322, 0.3511, 0.3786, 0.4044, 0.4288, 0.4517, 0.4733, 0.4937, 0.5129),
        *(0.531, 0.548, 0.564, 0.5791, 0.5934, 0.6068, 0.6194, 0.6313, 0.6425, 0.6531),
    ),
    rates=_TAIL_RATES,
    least_gallery=100,
    cohort=CohortNorm(
        mean=0.1389,
        spread=0.05,
        plain=(
            *(0.3008, 0.3357, 0.3694, 0.4019, 0.4333, 0.4636, 0.4927, 0.5209, 0.548, 0.5742),
            *(0.5995, 0.6239, 0.6474, 0.67, 0.6919, 0.713, 0.7334, 0.753, 0.7719, 0.7902),
        ),
    ),
    per_reference=1.3,
    seen_to=1.5e-05,
    mated=(
        _mated(
            1,
            *(0.0083, 0.3645, 0.3726, 0.4141, 0.4685, 0.4874, 0.5196, 0.5535, 0.5714, 0.6011),
            *(0.6224, 0.6565, 0.6848, 0.7123, 0.74, 0.7646, 0.7933, 0.8328, 1.0004),
        ),
        _mated(
            2,
            *(0.4535, 0.4797, 0.4861, 0.5117, 0.5496, 0.5847, 0.6123, 0.6368, 0.646, 0.6778),
            *(0.6988, 0.7315, 0.7554, 0.7736, 0.7929, 0.8119, 0.8359, 0.8716, 1.0323),
        ),
        _mated(
            3,
            *(0.4746, 0.4897, 0.496, 0.5225, 0.5659, 0.595, 0.63, 0.6483, 0.6602, 0.6926),
            *(0.7126, 0.7466, 0.7684, 0.7873, 0.8075, 0.8296, 0.8497, 0.8829, 1.0448),
        ),
        _mated(
            5,
            *(0.4943, 0.4984, 0.5072, 0.5458, 0.5835, 0.6105, 0.64, 0.6577, 0.6715, 0.7086),
            *(0.7255, 0.7585, 0.7828, 0.8019, 0.8246, 0.844, 0.8641, 0.8978, 1.0552),
        ),
    ),
)
OPEN_FACE = Calibration(
    measured_on=_LFW,
    scores=(
        *(0.9227, 0.9252, 0.9276, 0.9298, 0.9316, 0.9335, 0.9355, 0.9371),
        *(0.9388, 0.9403, 0.9416, 0.9422, 0.9427, 0.9444, 0.9451, 0.9456),
    ),
    rates=_RATES,
    least_gallery=100,
    cohort=CohortNorm(
        mean=0.8825,
        spread=0.0134,
        plain=(
            *(0.9242, 0.9272, 0.9293, 0.9318, 0.9339, 0.9356, 0.9374, 0.939),
            *(0.9407, 0.9431, 0.9457, 0.9476, 0.9485, 0.9493, 0.9502, 0.9505),
        ),
    ),
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
