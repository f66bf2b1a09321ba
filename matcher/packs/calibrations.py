"""Measured calibrations of the packs we know. `python -m benchmarks calibrate` prints them anew.

Pictures of drawn figures: the best score over the regions looked at, and the rate of one comparison.

Faces, `edge`: all pairs of photos of the 450 people of LFW of whom there are several, as `python -m benchmarks galleries --fit`
prints them; how is said at benchmarks/fitting.py. `open`: the best score that each of 690 of those photos gave to somebody else
than whom it shows; how rates follow from that is said at matcher.calibration.measure; a tail fitted to its pairs let two to three
times as many strangers in as it foretold. What its mated photos score, and what a reference counts, are those of `--fit`.
Kinds of face: `python -m benchmarks kinds --fit`, of the same 450 people.
The 450 photos of nobody enrolled are left for testing what is promised.

Voices: `python -m benchmarks voice --fit`.
"""

from matcher.calibration import Calibration, CohortNorm, KindNorm, MatedScores, PeopleNorm
from matcher.likelihood import RatioCurve

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


def _mated(references: int, people: int | None, *scores: float) -> MatedScores:
    return MatedScores(references=references, people=people, shares=_SHARES, scores=scores)


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
        kind=KindNorm(shift=0.1976, apart=0.0059, alike=0.0979, kinds=10, people=PeopleNorm(name="edge", least=0.0784)),
    ),
    per_reference=1.3,
    seen_to=1.5e-05,
    errors=(
        *(0.0022, 0.0031, 0.0039, 0.0051, 0.007, 0.0096, 0.013, 0.017, 0.0214, 0.0263),
        *(0.0316, 0.0373, 0.0433, 0.0496, 0.0561, 0.0629, 0.0699, 0.0772, 0.0847, 0.0923),
    ),
    mated=(
        _mated(
            1,
            450,
            *(0.0083, 0.3494, 0.367, 0.4111, 0.461, 0.4795, 0.5165, 0.5533, 0.5728, 0.6015),
            *(0.6223, 0.6592, 0.6851, 0.7123, 0.7413, 0.7664, 0.7952, 0.8339, 1.0004),
        ),
        _mated(
            2,
            240,
            *(0.4535, 0.4767, 0.4838, 0.5043, 0.5489, 0.5816, 0.6106, 0.6367, 0.646, 0.6778),
            *(0.6988, 0.7314, 0.7553, 0.7736, 0.7929, 0.812, 0.836, 0.8716, 1.0323),
        ),
        _mated(
            3,
            None,
            *(0.4746, 0.488, 0.4924, 0.5219, 0.5652, 0.5936, 0.6291, 0.6478, 0.6596, 0.6926),
            *(0.7126, 0.7465, 0.7684, 0.7873, 0.8076, 0.8297, 0.8499, 0.8829, 1.0448),
        ),
        _mated(
            5,
            None,
            *(0.4943, 0.4976, 0.5056, 0.539, 0.5818, 0.6099, 0.6396, 0.6575, 0.6713, 0.7086),
            *(0.7255, 0.7585, 0.7827, 0.8019, 0.8247, 0.8441, 0.8642, 0.8979, 1.0552),
        ),
    ),
    ratios=RatioCurve(
        measured_on="all pairs of photos of 450 people of LFW",
        scores=(0.255, 0.4292),
        logs=(-2.469, 2.629),
        people=450,
        cllr=0.0147,
        cllr_min=0.0065,
        most_of_kind=66.0,
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
        kind=KindNorm(shift=0.0338, apart=0.8389, alike=0.8811, kinds=9),
    ),
    per_reference=1.39,
    mated=(
        _mated(
            1,
            450,
            *(0.8777, 0.8901, 0.9025, 0.9087, 0.9204, 0.9243, 0.9284, 0.9332, 0.9364, 0.9431),
            *(0.9466, 0.9521, 0.9561, 0.9598, 0.9632, 0.9673, 0.9727, 0.9793, 1.005),
        ),
        _mated(
            2,
            240,
            *(0.9036, 0.9154, 0.9217, 0.9305, 0.936, 0.9399, 0.9447, 0.948, 0.9519, 0.9542),
            *(0.9574, 0.9611, 0.964, 0.9674, 0.9701, 0.9738, 0.9777, 0.9837, 1.005),
        ),
        _mated(
            3,
            None,
            *(0.9042, 0.9174, 0.9238, 0.9317, 0.9378, 0.9415, 0.9467, 0.9499, 0.9529, 0.9558),
            *(0.9587, 0.9625, 0.9654, 0.9686, 0.9715, 0.975, 0.9787, 0.9846, 1.0054),
        ),
        _mated(
            5,
            None,
            *(0.9053, 0.9186, 0.9265, 0.9332, 0.9395, 0.943, 0.9475, 0.9515, 0.9538, 0.9571),
            *(0.9599, 0.9637, 0.9665, 0.9697, 0.9728, 0.976, 0.9798, 0.9855, 1.0061),
        ),
    ),
)
FIGURE_OPEN = Calibration(
    measured_on="439 photos of brands, portraits and stills of clips against five characters of one series with six pictures "
    "each; pictures of another character of the series match far more often",
    scores=(
        *(0.2626, 0.2839, 0.2996, 0.3135, 0.3249, 0.3376, 0.352, 0.3612),
        *(0.373, 0.3826, 0.3904, 0.4017, 0.4056, 0.4162, 0.4286, 0.4327),
    ),
    rates=(
        *(0.1294, 0.08848, 0.06231, 0.04458, 0.03232, 0.02352, 0.01721, 0.01261),
        *(0.009282, 0.006812, 0.005062, 0.003672, 0.002749, 0.002059, 0.001485, 0.001142),
    ),
    allowed=10.0,
    least_gallery=5,
)
VOICE_OPEN = Calibration(
    measured_on="clips of ten people of LibriSpeech who read English aloud, clean, under music, through AAC and a telephone's "
    "8 kHz, each with single recordings of another: 45 pairs of people, with an allowance for others; rates below 1 in 1,000 "
    "follow from the tail of the ones above",
    scores=(0.2914, 0.3378, 0.3896, 0.4378, 0.4917, 0.5418, 0.5977, 0.6496, 0.7614, 0.877, 0.9965),
    rates=(0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001, 3e-05, 1e-05, 1e-06, 1e-07, 1e-08),
    least_gallery=100,
    per_reference=1.28,
    seen_to=0.00094,
    errors=(0.0267, 0.028, 0.03, 0.0324, 0.0354, 0.0384, 0.0419, 0.0453, 0.0529, 0.0608, 0.0689),
)


def completed(made: Calibration) -> Calibration:
    """A calibration that a pack was made with before kinds of face, or the weight of scores, were measured, with them; any other
    as it is.
    """
    for ours in (EDGE_FACE, OPEN_FACE):
        later = zip(_later(made), _later(ours), strict=True)
        if _without(made) == _without(ours) and all(has in (None, known) for has, known in later):
            return ours
    return made


def _later(made: Calibration) -> tuple[KindNorm | None, PeopleNorm | None, RatioCurve | None]:
    """What was measured after the first packs were made."""
    kind = made.cohort.kind if made.cohort else None
    return (kind.model_copy(update={"people": None}), kind.people, made.ratios) if kind else (None, None, made.ratios)


def _without(made: Calibration) -> Calibration:
    """The same without that."""
    cohort = made.cohort.model_copy(update={"kind": None}) if made.cohort else None
    return made.model_copy(update={"cohort": cohort, "ratios": None})
