"""Measured calibrations of the packs we know. `python -m benchmarks calibrate` prints them anew.

Pictures of drawn figures: the best score over the regions looked at, and the rate of one comparison.

Faces: the best score that each of 690 photos of LFW, those that show one of 450 subjects, gave to one of the others. How rates
follow from that is said at matcher.calibration.measure. The 450 photos of nobody enrolled are left for testing what it promises.
"""

from matcher.calibration import Calibration, CohortNorm

_LFW = "690 photos of LFW against 450 subjects whom they do not show"
_RATES = (
    *(0.001539, 0.001113, 0.0008294, 0.0006241, 0.0004797, 0.0003668, 0.0002848, 0.0002234),
    *(0.0001741, 0.0001361, 0.0001055, 0.00008201, 0.00006536, 0.00005214, 0.00003899, 0.00003244),
)

EDGE_FACE = Calibration(
    measured_on=_LFW,
    scores=(
        *(0.3248, 0.3378, 0.3507, 0.3627, 0.3739, 0.3847, 0.3953, 0.4067),
        *(0.4155, 0.4217, 0.436, 0.4461, 0.4503, 0.4565, 0.4648, 0.4694),
    ),
    rates=_RATES,
    least_gallery=100,
    cohort=CohortNorm(
        mean=0.1389,
        spread=0.05,
        plain=(
            *(0.3262, 0.3404, 0.353, 0.3659, 0.3761, 0.389, 0.3988, 0.4093),
            *(0.4185, 0.4351, 0.4438, 0.4579, 0.4679, 0.4836, 0.4958, 0.5196),
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
