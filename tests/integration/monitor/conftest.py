"""A drawn figure as it is enrolled, and a clip that shows it, for the files of this room's tests that scan it."""

from pathlib import Path

import pytest

from matcher.types import Gallery, GallerySubject
from monitor.recognisers import RecogniserSpec, build_recognisers
from registry.kinds import SubjectKind
from registry.types import Template
from tests.support.drawn_clips import encode, figure, pan, scene

SPEC = RecogniserSpec(Path("/nowhere"), (), True, ())


@pytest.fixture(scope="module")
def gallery() -> Gallery:
    artwork, *_ = build_recognisers(SPEC)
    subject = GallerySubject("s1", "Mascot", SubjectKind.CHARACTER)
    return Gallery({"s1": subject}, (Template("s1", "r1", artwork.encoder, artwork.enrol(figure(1))),))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "mascot.mp4"
    encode(path, pan(figure(1), scene(1)))
    return path
