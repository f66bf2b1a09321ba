"""The pipelines that the benchmark takes apart score as the product does."""

import numpy as np
import pytest

from benchmarks.crossed.pipelines import PARTS, PRODUCT, every, flipped, normalised_all
from matcher.calibration import Calibration, CohortNorm
from matcher.face.encode import unit
from matcher.face.gallery import FaceGallery
from matcher.types import Gallery, GallerySubject
from registry.kinds import SubjectKind
from registry.types import Template

KNOWN = CohortNorm(mean=0.1, spread=0.06)


def test_scores_are_those_of_a_gallery() -> None:
    random = np.random.default_rng(3)
    enrolled, probes = (unit(random.normal(size=(count, 64)).astype(np.float32)) for count in (60, 9))
    probes[:4] = unit(probes[:4] + 1.5 * enrolled[:4])
    gallery = FaceGallery("enc", Calibration(measured_on="drawn", scores=(0.2, 0.4), rates=(1e-2, 1e-4), cohort=KNOWN))
    templates = tuple(Template(f"s{n:02}", f"r{n}", "enc", {"vector": vector}) for n, vector in enumerate(enrolled))
    subjects = {t.subject_id: GallerySubject(t.subject_id, t.subject_id, SubjectKind.PERSON) for t in templates}
    gallery.follow(Gallery(subjects, templates))
    scores = normalised_all(probes, enrolled, KNOWN)
    for row, candidates in zip(scores, gallery.nearest(probes), strict=True):
        best = candidates[0]
        assert best.score == pytest.approx(float(row[int(best.subject_id[1:])]), abs=2e-3)
        assert best.score >= float(row.max()) - 2e-3


def test_every_pipeline_can_be_made_and_each_part_left_out() -> None:
    assert PRODUCT in every()
    assert all(flipped(flipped(PRODUCT, part), part) == PRODUCT for part in PARTS if part not in ("second_look", "pooled"))
    assert all(pipeline.second_look or not pipeline.sizes for pipeline in every())
