"""Several parties may be right about one face or one figure: each gets its match, and is told nothing of the others."""

from collections.abc import Mapping, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from matcher.artwork import ArtworkRecogniser
from matcher.assemble import recognisers_of
from matcher.media import read_picture
from matcher.packs.adding import add
from matcher.scan import scan
from matcher.types import Gallery, GallerySubject, Match, Recogniser
from registry.types import SubjectKind, Template
from tests.support.drawn_clips import encode, figure, pan, scene

PARTIES = ("agency", "studio", "union of actors", "union of singers")
Owned = tuple[str, int]
"""A party and the number of the drawn figure that it enrols."""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("clips") / "mascot.mp4"
    encode(place, pan(figure(1), scene(1), 1.0))
    return place


@pytest.fixture(scope="module")
def artwork() -> ArtworkRecogniser:
    return ArtworkRecogniser()


def gallery_of(owned: list[Owned], recogniser: ArtworkRecogniser) -> Gallery:
    names = {pair: f"{pair[0]}'s {pair[1]}" for pair in owned}
    subjects = {name: GallerySubject(name, name, SubjectKind.CHARACTER, party) for (party, _), name in names.items()}
    templates = [
        Template(name, f"{name}, drawn", recogniser.encoder, recogniser.enrol(figure(number)))
        for (_, number), name in names.items()
    ]
    return Gallery(subjects, templates)


def found(path: Path, gallery: Gallery, recogniser: Recogniser) -> dict[str, list[Match]]:
    """Each party's matches."""
    result = scan(path, gallery, [recogniser])
    assert result.failure is None
    return {party: [m for m in result.matches if gallery.subjects[m.subject_id].party == party] for party in gallery.by_party}


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(registry=st.lists(st.tuples(st.sampled_from(PARTIES), st.integers(1, 3)), unique=True, min_size=1, max_size=5))
def test_promise_9_what_others_enrol_changes_no_partys_matches(
    registry: list[Owned], drawn: Path, artwork: ArtworkRecogniser
) -> None:
    together = found(drawn, gallery_of(registry, artwork), artwork)
    for party, matches in together.items():
        alone = found(drawn, gallery_of([pair for pair in registry if pair[0] == party], artwork), artwork)
        assert matches == alone[party]
        shown = {match.subject_id for match in matches}
        assert (f"{party}'s 1" in shown) == ((party, 1) in registry)


@pytest.fixture(scope="module")
def faces(shared_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Recogniser:
    (recogniser,) = recognisers_of(add(tmp_path_factory.mktemp("models"), shared_models / "edge"))
    return recogniser


def test_two_unions_a_studio_and_an_agency_each_get_their_match_of_one_face(faces: Recogniser, shared_data: Path) -> None:
    clip, photo = shown_and_enrolled(shared_data)
    template = faces.enrol(read_picture(photo), prominent=True)
    alone = found(clip, gallery_of_one_face(PARTIES[:1], template, faces), faces)[PARTIES[0]]
    assert alone
    for order in permutations(PARTIES):
        matches = found(clip, gallery_of_one_face(order, template, faces), faces)
        assert matches[PARTIES[0]] == alone
        for party in PARTIES:
            assert [(m.appearance, m.score, m.threshold, m.reasons) for m in matches[party]] == [
                (m.appearance, m.score, m.threshold, m.reasons) for m in alone
            ]


def gallery_of_one_face(order: Sequence[str], template: Mapping[str, NDArray[Any]], faces: Recogniser) -> Gallery:
    subjects = {party: GallerySubject(party, "The same person", SubjectKind.PERSON, party) for party in order}
    return Gallery(subjects, [Template(party, f"{party}'s photo", faces.encoder, template) for party in order])


def shown_and_enrolled(shared_data: Path) -> tuple[Path, Path]:
    """A clip of the evaluation data and a photo of somebody whom it shows."""
    folder = shared_data / "ai_video"
    rows = [line.split(",") for line in (folder / "truth.csv").read_text("utf-8").splitlines()[1:]]
    role, subject, media = next(row[:3] for row in rows if row[0] == "mated" and row[2].endswith(".mp4"))
    assert role == "mated"
    return folder / media, folder / next(row[2] for row in rows if row[0] == "reference" and row[1] == subject)
