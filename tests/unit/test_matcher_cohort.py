"""Scores beside a cohort's, and the face gallery that gives them and follows its gallery."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from matcher.bands import band
from matcher.calibration import KNOWN_AS, Calibration, CohortNorm, KindNorm
from matcher.face.cohort import Likeness, cohort_norm, likeness, normalised, same_face, two_faces
from matcher.face.gallery import FaceGallery
from matcher.types import Gallery, GallerySubject
from registry.kinds import SubjectKind
from registry.types import Template

KNOWN = CohortNorm(mean=0.14, spread=0.05)
USUAL = Likeness(np.array([KNOWN.mean]), np.array([KNOWN.spread]))
cosines = st.floats(-1, 1, width=32)
cohorts = arrays(np.float32, st.tuples(st.integers(1, 4), st.integers(0, 40)), elements=cosines)


def everybody(scores: np.ndarray) -> np.ndarray:
    return np.ones(scores.shape, bool)


@given(cohorts)
def test_how_like_strangers_somebody_is_stays_finite_and_within_what_was_seen_and_known(scores: np.ndarray) -> None:
    found = likeness(scores, everybody(scores), KNOWN)
    for mean, spread, own in zip(found.mean, found.spread, scores, strict=True):
        assert min([KNOWN.mean, *own]) - 1e-6 <= mean <= max([KNOWN.mean, *own]) + 1e-6
        assert 0 <= spread <= 1 + KNOWN.spread


@given(cohorts, st.randoms(use_true_random=False))
def test_the_order_of_the_cohort_does_not_matter(scores: np.ndarray, random: object) -> None:
    order = list(range(scores.shape[1]))
    random.shuffle(order)
    one, other = (likeness(s, everybody(s), KNOWN) for s in (scores, scores[:, order]))
    np.testing.assert_allclose(one.mean, other.mean, atol=1e-6)
    np.testing.assert_allclose(one.spread, other.spread, atol=1e-6)


@given(cohorts, st.data())
def test_who_does_not_count_says_nothing(scores: np.ndarray, more: st.DataObject) -> None:
    loud = np.full((len(scores), more.draw(st.integers(1, 5))), 1.0, np.float32)
    counts = np.hstack([everybody(scores), np.zeros(loud.shape, bool)])
    with_them = likeness(np.hstack([scores, loud]), counts, KNOWN)
    np.testing.assert_allclose(with_them.mean, likeness(scores, everybody(scores), KNOWN).mean, atol=1e-6)


def test_without_a_cohort_the_figures_of_the_pack_hold() -> None:
    found = likeness(np.zeros((2, 0), np.float32), np.zeros((2, 0), bool), KNOWN)
    assert found.mean.tolist() == [KNOWN.mean] * 2
    assert found.spread.tolist() == [KNOWN.spread] * 2


@given(cosines, st.integers(1, 400))
def test_a_small_cohort_moves_the_figures_of_the_pack_little_and_a_large_one_replaces_them(score: float, size: int) -> None:
    mean = likeness(np.full((1, size), score, np.float32), np.ones((1, size), bool), KNOWN).mean[0]
    best = np.ceil(0.2 * size)
    assert abs(mean - KNOWN.mean) == pytest.approx(abs(score - KNOWN.mean) * best / (best + KNOWN_AS), abs=1e-4)


@given(st.floats(0, 1), st.floats(0, 0.8), st.floats(0, 0.3))
def test_a_score_of_usual_likeness_stays_as_it_is(score: float, mean: float, spread: float) -> None:
    known = CohortNorm(mean=mean, spread=spread + 0.01)
    usual = Likeness(np.array([known.mean]), np.array([known.spread]))
    assert normalised(np.array([score], np.float32), usual, usual, known)[0] == pytest.approx(score, abs=1e-5)


@given(st.floats(0, 1), st.floats(0.001, 0.8), st.floats(0, 0.3))
def test_a_probe_that_resembles_everybody_is_brought_down(score: float, more: float, spread: float) -> None:
    like_all = Likeness(np.array([KNOWN.mean + more]), np.array([max(spread, KNOWN.spread)]))
    raised = np.array([max(score, KNOWN.mean)], np.float32)
    assert normalised(raised, like_all, USUAL, KNOWN)[0] < raised[0]
    assert normalised(raised, USUAL, like_all, KNOWN)[0] < raised[0]


@given(st.floats(0, 1), st.floats(-0.5, KNOWN.mean), st.floats(0, KNOWN.spread))
def test_a_probe_that_resembles_nobody_gains_no_more_than_the_pads_allow(score: float, mean: float, spread: float) -> None:
    """Half of what it lies below the usual, and at most a quarter of its lead for a spread that came out small."""
    like_nobody = Likeness(np.array([mean]), np.array([spread]))
    gained = float(normalised(np.array([score], np.float32), like_nobody, USUAL, KNOWN)[0]) - score
    assert gained <= (KNOWN.mean - mean) * 0.75 + max(0.0, score - KNOWN.mean) * 0.25 + 1e-5


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-1, 1), st.floats(0, 1))
def test_normalising_keeps_the_order_of_scores(a: float, b: float, mean: float, spread: float) -> None:
    low, high = normalised(np.array(sorted((a, b)), np.float32), Likeness(np.array([mean]), np.array([spread])), USUAL, KNOWN)
    assert low <= high


def unit(rows: int, seed: int, dimension: int = 64) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(rows, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_the_figures_of_a_pack_are_those_of_its_most_alike_fifth() -> None:
    made = cohort_norm(unit(200, 1))
    assert 0.1 < made.mean < 0.25
    assert 0 < made.spread < 0.1
    assert two_faces(made) < same_face(made)


def near(vector: np.ndarray, cosine: float, seed: int) -> np.ndarray:
    """A vector that has this cosine to the other."""
    aside = unit(1, seed, len(vector))[0]
    aside -= (aside @ vector) * vector
    return np.asarray(cosine * vector + np.sqrt(1 - cosine**2) * aside / np.linalg.norm(aside), np.float32)


def gallery_of(vectors: Iterable[tuple[str, str, np.ndarray]]) -> Gallery:
    templates = tuple(Template(subject, reference, "enc", {"vector": vector}) for subject, reference, vector in vectors)
    return Gallery({t.subject_id: GallerySubject(t.subject_id, t.subject_id, SubjectKind.PERSON) for t in templates}, templates)


def calibration(known: CohortNorm | None) -> Calibration:
    return Calibration(measured_on="this test", scores=(0.3, 0.5, 0.7), rates=(1e-3, 1e-5, 1e-7), cohort=known)


def following(gallery: Gallery, known: CohortNorm | None = KNOWN) -> FaceGallery:
    made = FaceGallery("enc", calibration(known))
    made.follow(gallery)
    return made


PEOPLE = unit(40, 3)
CROWD = [(f"s{i}", f"r{i}", vector) for i, vector in enumerate(PEOPLE)]
PROBES = np.stack([near(vector, 0.7, 100 + i) for i, vector in enumerate(PEOPLE[:6])])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sets(st.integers(0, 39), max_size=12), min_size=1, max_size=5), st.sampled_from([KNOWN, None]))
def test_a_gallery_that_followed_every_change_answers_as_a_fresh_one(steps: list[set[int]], known: CohortNorm | None) -> None:
    followed = FaceGallery("enc", calibration(known))
    for step in steps:
        gallery = gallery_of(CROWD[i] for i in sorted(step))
        followed.follow(gallery)
        fresh = following(gallery, known)
        assert (len(followed), sum(followed.references.values())) == (len(fresh), len(step))
        for one, other in zip(followed.nearest(PROBES), fresh.nearest(PROBES), strict=True):
            assert {c.subject_id: pytest.approx(c.score, abs=1e-4) for c in one} == {c.subject_id: c.score for c in other}


def test_an_erased_subject_is_gone_in_the_next_search() -> None:
    gallery = following(gallery_of(CROWD))
    assert gallery.nearest(PROBES[:1])[0][0].subject_id == "s0"
    gallery.follow(gallery_of(CROWD[1:]))
    assert all(candidate.subject_id != "s0" for candidate in gallery.nearest(PROBES[:1])[0])
    gallery.follow(gallery_of([]))
    assert gallery.nearest(PROBES[:1]) == [()]
    gallery.follow(gallery_of(CROWD[:1]))
    assert [candidate.subject_id for candidate in gallery.nearest(PROBES[:1])[0]] == ["s0"]


def test_a_replaced_photo_is_looked_for_by_its_new_vector() -> None:
    gallery = following(gallery_of(CROWD))
    before = gallery.nearest(PROBES[:1])[0][0].score
    gallery.follow(gallery_of([("s0", "r0", PROBES[0]), *CROWD[1:]]))
    assert gallery.nearest(PROBES[:1])[0][0].score > before + 0.1


def test_one_face_under_two_names_is_found_under_both_nearly_as_well_as_alone() -> None:
    alone = following(gallery_of(CROWD)).nearest(PROBES[:1])[0][0]
    twice = following(gallery_of([*CROWD, ("alias", "photo", near(PEOPLE[0], 0.9, 7))])).nearest(PROBES[:1])[0]
    assert {twice[0].subject_id, twice[1].subject_id} == {"s0", "alias"}
    assert {c.subject_id: c.score for c in twice}["s0"] == pytest.approx(alone.score, abs=0.02)


@pytest.mark.parametrize(("known", "short"), [(None, 1e-3), (KNOWN, 0.02)])
@given(cosines=st.lists(st.floats(0.5, 0.95), min_size=2, max_size=4))
@settings(max_examples=50, deadline=None)
def test_several_photos_of_a_subject_find_it_at_least_as_well_as_the_best_of_them(
    known: CohortNorm | None, short: float, cosines: list[float]
) -> None:
    """Normalised, a hair less is possible: what was nearest to the probe may be nearer to strangers as well."""
    photos = [near(PEOPLE[0], cosine, 50 + i) for i, cosine in enumerate(cosines)]
    others = CROWD[1:]
    singles = [following(gallery_of([("s0", "a", p), *others]), known).nearest(PROBES[:1])[0][0].score for p in photos]
    together = gallery_of([*(("s0", f"photo{i}", photo) for i, photo in enumerate(photos)), *others])
    best = following(together, known).nearest(PROBES[:1])[0][0]
    assert best.subject_id == "s0"
    assert best.score >= max(singles) - short


def test_candidates_come_best_first_one_per_subject_with_scores_from_0_to_1() -> None:
    gallery = following(gallery_of([*CROWD, ("s0", "second", near(PEOPLE[0], 0.8, 9))]))
    for candidates in gallery.nearest(np.concatenate([PROBES, -PROBES])):
        scores = [candidate.score for candidate in candidates]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)
        assert len({candidate.subject_id for candidate in candidates}) == len(candidates)


def test_templates_of_another_encoder_are_not_looked_at() -> None:
    gallery = gallery_of(CROWD[:3])
    foreign = Template("s9", "r9", "another", {"vector": np.ones(128, np.float32)})
    made = following(Gallery(gallery.subjects, (*gallery.templates, foreign)))
    assert sum(made.references.values()) == 3


def test_promise_7_a_match_of_a_kind_of_face_whose_error_rate_is_not_known_is_possible_at_most() -> None:
    best = following(gallery_of(CROWD)).nearest(PROBES[:1])[0][0]
    assert band(best.false_of_kind) == "possible"
    assert "is not known" in best.evidence[0]


def test_promise_7_strangers_of_the_subjects_own_kind_count_as_more_false_matches_than_those_at_large() -> None:
    made = calibration(KNOWN.model_copy(update={"kind": KindNorm(shift=0.2, apart=0.0, alike=0.1, kinds=8)}))
    for score in (0.3, 0.45, 0.6):
        at_large = made.expected_false_matches(score, 1)
        few, many = (made.of_own_kind(score, 20, share) or 0.0 for share in (0.05, 0.5))
        assert at_large < few < many
