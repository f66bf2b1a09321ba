"""A match is judged by how many subjects it was compared with, and by no others."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.artwork import ArtworkRecogniser
from matcher.scan import scan
from matcher.types import Gallery, GallerySubject, Match
from registry.types import SubjectKind, Template
from tests.support.drawn_clips import encode, figure, pan, scene

UNION = 10_000


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("clips") / "logo.mp4"
    encode(place, pan(figure(1), scene(100)))
    return place


def the_match(clip: Path, gallery: Gallery, recogniser: ArtworkRecogniser) -> Match:
    (match,) = scan(clip, gallery, [recogniser]).matches
    return match


def test_promise_7_a_unions_ten_thousand_members_do_not_raise_a_logos_threshold(clip: Path) -> None:
    recogniser = ArtworkRecogniser()
    logo = GallerySubject("logo", "The Logo", SubjectKind.MARK)
    template = Template("logo", "r", recogniser.encoder, recogniser.enrol(figure(1)))
    members = {f"m{n}": GallerySubject(f"m{n}", f"Member {n}", SubjectKind.PERSON) for n in range(UNION)}
    # Half of them have photos, which another encoder reads; the others have none yet.
    faces = [Template(f"m{n}", f"r{n}", "face@1", {"vector": np.ones(1, np.float32)}) for n in range(UNION // 2)]
    alone = the_match(clip, Gallery({"logo": logo}, [template]), recogniser)
    among = the_match(clip, Gallery({"logo": logo, **members}, [template, *faces]), recogniser)
    assert (among.threshold, among.expected_false_matches) == (alone.threshold, alone.expected_false_matches)
    assert among.reasons == alone.reasons
    assert "one subject to compare" in alone.reasons[0]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(("face", "figure")))))
def test_an_encoder_compares_the_partys_subjects_that_have_a_template_of_it(pairs: list[tuple[str, str]]) -> None:
    whose = {"a": "union", "b": "union", "c": "studio"}
    subjects = {key: GallerySubject(key, key, SubjectKind.PERSON, party) for key, party in whose.items()}
    gallery = Gallery(subjects, [Template(key, f"r{n}", encoder, {}) for n, (key, encoder) in enumerate(pairs)])
    for encoder in ("face", "figure", "none"):
        for party in ("union", "studio", "nobody"):
            own = {key for key, by in pairs if by == encoder and whose.get(key) == party}
            assert gallery.compared_by(encoder, party) == len(own)
