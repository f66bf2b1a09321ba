"""Counting error rates, and reading truth files as people write them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.evaluate import Probe, Row, TruthUnreadable, judge, read_truth, summarise, threshold_at
from matcher.types import Appearance, Box, Candidate, Finding, Observation
from registry.types import Modality


def finding(start: float, end: float, *candidates: tuple[str, float]) -> Finding:
    seen = Observation(start, Box(0, 0, 1, 1))
    return Finding(
        Appearance(Modality.FACE, start, end, seen, (seen,)), tuple(Candidate(name, "r", score) for name, score in candidates)
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=300), st.sampled_from([0.1, 0.05, 0.01]))
def test_no_more_than_the_stated_share_of_nonmated_lies_above_the_threshold(scores: list[float], fpir: float) -> None:
    nonmated = np.array(scores)
    threshold = threshold_at(nonmated, fpir)
    assert (nonmated > threshold).mean() <= fpir
    lower = nonmated[nonmated < threshold]
    if len(lower):
        assert (nonmated > lower.max()).mean() > fpir or np.isclose(lower.max(), threshold)


def test_a_probe_is_right_when_its_subject_comes_first_in_some_appearance() -> None:
    row = Row("mated", "ann", "clip.mp4")
    two = [finding(0, 1, ("bob", 0.9), ("ann", 0.5)), finding(2, 3, ("ann", 0.6), ("bob", 0.2))]
    assert judge(row, two).score == 0.6
    assert judge(row, two[:1]).score is None
    assert judge(row, two).impostor == 0.9


def test_a_span_leaves_out_what_is_seen_outside_it() -> None:
    two = [finding(0, 1, ("ann", 0.9)), finding(5, 6, ("bob", 0.8))]
    assert judge(Row("mated", "ann", "clip.mp4", (4.0, 7.0)), two).score is None
    assert judge(Row("mated", "bob", "clip.mp4", (4.0, 7.0)), two).score == 0.8


def test_rates_count_misses_at_the_threshold_of_each_fpir() -> None:
    mated = [Probe(Row("mated", "a", "m"), None, s, 0.0) for s in (0.9, 0.6, 0.3, None)]
    nonmated = [Probe(Row("nonmated", "", "n"), None, i / 100, i / 100) for i in range(100)]
    made = summarise("open", 5, [*mated, *nonmated], (), 0.0)
    assert made.rank1 == 0.75
    assert made.threshold_at_fpir["0.1"] == pytest.approx(0.89)
    assert made.fnir_at_fpir == {"0.1": 0.75, "0.05": 1.0, "0.01": 1.0}


def test_without_nonmated_probes_the_rates_are_unknown_not_zero() -> None:
    made = summarise("open", 1, [Probe(Row("mated", "a", "m"), None, 0.9, 0.0)], (), 0.0)
    assert set(made.fnir_at_fpir.values()) == {None}


def test_a_truth_file_with_a_byte_order_mark_and_spans_is_read(tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    path.write_text("\ufeffrole,subject,media,t_start,t_end\nmated,ann,a.mp4,1.5,2\nnonmated,,b.mp4,,\n", encoding="utf-8")
    assert read_truth(path) == [Row("mated", "ann", "a.mp4", (1.5, 2.0)), Row("nonmated", "", "b.mp4")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("subject,media\n", "role"),
        ("role,subject,media\nfriend,ann,a.jpg\n", "Line 2"),
        ("role,subject,media\nmated,ann,\n", "Line 2"),
        ("role,subject,media\nmated,,a.jpg\n", "Line 2"),
        ("role,subject,media,t_start,t_end\nmated,ann,a.jpg,soon,2\n", "Line 2"),
    ],
)
def test_a_truth_file_that_cannot_be_followed_names_the_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "truth.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TruthUnreadable, match=told):
        read_truth(path)


def test_a_truth_file_that_is_absent_or_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x81")
    for name in ("absent.csv", "binary.csv"):
        with pytest.raises(TruthUnreadable):
            read_truth(tmp_path / name)
