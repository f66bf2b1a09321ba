"""Labels in words: what is said of a label that is missing."""

from crawler.videos import Label, LabelOutcome
from reports.provenance import provenance_line
from reports.reported_matches import label_words


def test_a_file_that_carries_its_ai_label_is_not_said_to_say_nothing() -> None:
    detail = "The file itself says AI in the AIGC label (GB 45438)."
    (said,) = label_words([Label(capture_id="c", kind="unlabelled", outcome=LabelOutcome.ABSENT, detail=detail)])
    assert said == f"AI without a label in the file: no: {detail}"


def test_a_mark_on_screen_stands_first_in_the_line_and_where_nobody_looked_it_is_unknown() -> None:
    absent = [
        Label(capture_id="c", kind=kind, outcome=LabelOutcome.ABSENT) for kind in ("aigc", "c2pa", "iptc", "platform", "words")
    ]
    seen = Label(capture_id="c", kind="screen", outcome=LabelOutcome.PRESENT, detail="on screen at 0:00.0–0:04.0: 'AI生成'")
    assert provenance_line([*absent, seen]).startswith(
        f"Generator's mark or AI label on screen: {seen.detail}; no AI label in the"
    )
    assert provenance_line(absent).endswith("unknown: Generator's mark or AI label on screen")
