"""What was read on screen, as findings: what stood there and when, and whether the label at the start is long enough."""

import pytest

from crawler.videos import LabelOutcome
from matcher.screen import ScreenMark, ScreenWords
from reports.screen_labels import findings, said

BOX = (0.0, 0.0, 9.0, 9.0)


def label(start: float, end: float, line: str = "AI生成", kind: str = "label") -> ScreenMark:
    return ScreenMark(kind, "AI生成", line, start, end, BOX, 0.9)


@pytest.mark.parametrize(
    ("mark", "outcome", "words"),
    [
        (label(0.0, 4.0), LabelOutcome.PRESENT, "on screen at 0:00.0–0:04.0: 'AI生成'"),
        (label(0.0, 1.5), LabelOutcome.ABSENT, "less than 2 seconds"),
        (label(4.0, 9.0), LabelOutcome.ABSENT, "No label"),
        (label(0.0, 4.0, "Kling", "generator"), LabelOutcome.ABSENT, "No label"),
    ],
)
def test_the_label_at_the_start_is_there_for_two_seconds_or_it_is_not_found(
    mark: ScreenMark, outcome: LabelOutcome, words: str
) -> None:
    found = {kind: (outcome, detail) for kind, outcome, detail in findings(ScreenWords(3, (mark,)), "video")}
    assert found["screen"][0] is LabelOutcome.PRESENT
    assert found["start"][0] is outcome
    assert words in found["start"][1]


def test_what_was_not_read_is_absent_and_a_picture_has_no_start() -> None:
    ((kind, outcome, detail),) = findings(ScreenWords(1, ()), "image")
    assert (kind, outcome) == ("screen", LabelOutcome.ABSENT)
    assert "in one look" in detail


def test_what_cannot_be_seen_is_written_out_and_what_is_long_is_cut() -> None:
    told = said(label(0.0, 2.0, "AI\u202e生成\x00" + "x" * 10_000))
    assert told.isprintable()
    assert "⟨U+202E⟩" in told
    assert len(told) < 100
