"""Whom a pack was measured on, and what a match of faces of another kind may say."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.bands import band
from matcher.calibration import Calibration, CohortNorm, KindNorm, PeopleNorm
from matcher.errors import PackError
from matcher.face import people
from matcher.face.encode import unit
from matcher.face.gallery import FaceGallery
from matcher.face.people import MEASURED, MeasuredPeople, covariance, measured_people, spreads, write_people
from matcher.packs.calibrations import EDGE_FACE, OPEN_FACE, completed
from matcher.types import Candidate, Gallery, GallerySubject
from registry.kinds import SubjectKind
from registry.types import Template

HALF, SIZE = 24, 48
KIND = KindNorm(shift=0.05, apart=0.0, alike=0.3, kinds=8, people=PeopleNorm(name="drawn", least=0.1))


def drawn(count: int, seed: int, first: int, last: int) -> np.ndarray:
    """Faces that differ in these directions alone."""
    faces = np.zeros((count, SIZE), np.float32)
    faces[:, first:last] = np.random.default_rng(seed).normal(size=(count, last - first))
    return unit(faces)


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """People who differ in the first half of all directions, as the file that a pack names."""
    write_people(covariance(drawn(300, 1, 0, HALF)), tmp_path / "drawn.npy")
    monkeypatch.setattr(people, "MEASURED", tmp_path)
    measured_people.cache_clear()
    return tmp_path


def best(template: np.ndarray, probe: np.ndarray) -> Candidate:
    """The match of a probe with somebody enrolled among others like those who were measured."""
    vectors = [template, *drawn(30, 2, 0, HALF)]
    templates = tuple(Template(f"s{n}", f"r{n}", "enc", {"vector": vector}) for n, vector in enumerate(vectors))
    subjects = {t.subject_id: GallerySubject(t.subject_id, t.subject_id, SubjectKind.PERSON) for t in templates}
    known = CohortNorm(mean=0.2, spread=0.1, kind=KIND)
    gallery = FaceGallery("enc", Calibration(measured_on="drawn", scores=(0.3, 0.5, 0.7), rates=(1e-3, 1e-5, 1e-7), cohort=known))
    gallery.follow(Gallery(subjects, templates))
    return gallery.nearest(probe[None])[0][0]


@pytest.mark.usefixtures("measured")
def test_promise_7_a_match_of_two_faces_of_a_kind_that_was_not_measured_is_possible_at_most() -> None:
    foreign = drawn(1, 5, HALF, SIZE)[0]
    found = best(foreign, foreign)
    assert (found.subject_id, found.likelihood) == ("s0", None)
    assert band(found.false_of_kind) == "possible"
    assert "is not known" in found.evidence[0]


@pytest.mark.usefixtures("measured")
def test_a_match_of_which_either_face_is_of_a_known_kind_keeps_its_figures() -> None:
    known, foreign = drawn(1, 6, 0, HALF)[0], drawn(1, 5, HALF, SIZE)[0]
    between = unit((known + foreign)[None])[0]
    for template, probe in ((known, known), (foreign, between), (between, foreign)):
        found = best(template, probe)
        assert found.subject_id == "s0"
        assert "own kind of face at most about" in found.evidence[0]


@pytest.mark.usefixtures("measured")
def test_what_is_written_of_people_is_read_again() -> None:
    held = measured_people(PeopleNorm(name="drawn", least=0.1))
    faces = drawn(20, 7, 0, SIZE)
    assert np.allclose(spreads(faces, held.covariance), spreads(faces, covariance(drawn(300, 1, 0, HALF))), atol=2e-3)


@given(st.integers(0, 2**32 - 1), st.integers(2, 40))
def test_the_spread_is_that_of_the_scores_with_the_people(seed: int, count: int) -> None:
    measured, asked = drawn(count, seed, 0, SIZE), drawn(5, seed + 1, 0, SIZE)
    assert np.allclose(spreads(asked, covariance(measured)), (asked @ measured.T).std(axis=1), atol=1e-4)


def test_people_who_are_not_known_here_and_vectors_of_another_length_are_told() -> None:
    with pytest.raises(PackError, match="does not know: nobody"):
        measured_people(PeopleNorm(name="nobody", least=0.1))
    with pytest.raises(PackError, match="have 5 numbers"):
        MeasuredPeople(np.eye(SIZE, dtype=np.float32), 0.1).unlike(np.zeros((1, 5), np.float32))


@pytest.mark.parametrize("made", [EDGE_FACE, OPEN_FACE])
def test_what_a_calibration_names_comes_with_it(made: Calibration) -> None:
    assert made.cohort
    assert made.cohort.kind
    if named := made.cohort.kind.people:
        size = len(np.load(MEASURED / f"{named.name}.npy"))
        assert len(measured_people(named).covariance) * (len(measured_people(named).covariance) + 1) == 2 * size


def test_a_pack_from_before_people_were_kept_knows_them_when_it_is_read() -> None:
    assert EDGE_FACE.cohort
    assert EDGE_FACE.cohort.kind
    for kind in (None, EDGE_FACE.cohort.kind.model_copy(update={"people": None})):
        before = EDGE_FACE.model_copy(update={"cohort": EDGE_FACE.cohort.model_copy(update={"kind": kind})})
        assert completed(before) == EDGE_FACE
    other = EDGE_FACE.cohort.kind.model_copy(update={"shift": 0.1})
    unlike = EDGE_FACE.model_copy(update={"cohort": EDGE_FACE.cohort.model_copy(update={"kind": other})})
    assert completed(unlike) == unlike
