"""The recogniser of the pack edge, by which several files of this room's tests measure errors."""

from pathlib import Path

import pytest

from matcher.assemble import recognisers_of
from matcher.face.recogniser import FaceRecogniser
from matcher.packs.adding import add


@pytest.fixture(scope="module")
def recogniser(tmp_path_factory: pytest.TempPathFactory, shared_models: Path) -> FaceRecogniser:
    (made,) = recognisers_of(add(tmp_path_factory.mktemp("models"), shared_models / "edge"))
    assert isinstance(made, FaceRecogniser)
    return made
