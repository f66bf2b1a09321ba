"""Labels in words: what is said of a label that is missing."""

from crawler.videos import Label, LabelOutcome
from reports.reported_matches import label_words


def test_a_file_that_carries_its_ai_label_is_not_said_to_say_nothing() -> None:
    detail = "The file itself says AI in the AIGC label (GB 45438)."
    (said,) = label_words([Label(capture_id="c", kind="unlabelled", outcome=LabelOutcome.ABSENT, detail=detail)])
    assert said == f"AI without a label in the file: no: {detail}"
