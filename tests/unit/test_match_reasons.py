"""The reasons of a match: how many frames something was seen in is said where its observations are frames."""

import pytest

from benchmarks.patterns import PatternRecogniser
from matcher.decide import decide
from matcher.types import Appearance, Box, Candidate, Finding, Observation
from registry.kinds import Modality


@pytest.mark.parametrize(("modality", "says"), [(Modality.FACE, True), (Modality.FOOTAGE, False)])
def test_places_of_footage_are_not_called_frames(modality: Modality, says: bool) -> None:
    places = tuple(Observation(t, Box(0, 0, 9, 9)) for t in (1.0, 2.0))
    finding = Finding(Appearance(modality, 1.0, 2.0, observations=places), (Candidate("s", "r", 1.0),))
    match = decide(finding, PatternRecogniser(), 1, 1)
    assert match is not None
    assert ("Seen in 2 of the frames looked at." in match.reasons) is says
