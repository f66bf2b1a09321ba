"""Promise 7 for kinds of face on which nothing was measured: AI-made portraits, no photo of which any figure was made of."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from matcher.bands import band
from matcher.decide import decide
from matcher.evaluate import ENROL, enrolled, read_truth
from matcher.rates import comparisons
from matcher.scan import look
from matcher.types import Gallery, Match, Recogniser


def matches(recogniser: Recogniser, gallery: Gallery, portraits: dict[str, Path]) -> Iterator[Match]:
    """Of each portrait among all others, each gallery a party's own."""
    subjects, templates = {}, []
    for own in gallery.subjects:
        for other in (subject for subject in gallery.subjects if subject != own):
            subjects[f"{own} {other}"] = replace(gallery.subjects[other], id=f"{own} {other}", party=own)
            templates += [replace(t, subject_id=f"{own} {other}") for t in gallery.templates if t.subject_id == other]
    everybody = Gallery(subjects, tuple(templates))
    compared = comparisons({1: len(gallery.subjects) - 1}, recogniser.per_reference)
    for own in gallery.subjects:
        for finding in look(portraits[own], everybody, [recogniser]).findings[0]:
            mine = tuple(candidate for candidate in finding.candidates if candidate.subject_id.startswith(f"{own} "))
            if match := decide(replace(finding, candidates=mine), recogniser, len(gallery.subjects) - 1, compared):
                yield match


def test_promise_7_portraits_that_resemble_each_other_are_possible_matches_at_most(
    recogniser: Recogniser, shared_data: Path
) -> None:
    truth = shared_data / "ai_video" / "truth.csv"
    rows = [row for row in read_truth(truth) if row.role in ENROL]
    gallery = enrolled(truth, rows, recogniser, [])
    found = list(matches(recogniser, gallery, {row.subject: truth.parent / row.media for row in rows}))
    assert found, "two of these portraits resemble each other as photos of one person do"
    assert {band(match.expected_false_matches) for match in found} == {"possible"}
