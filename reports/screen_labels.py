"""What a scan read on screen, as findings about how a video was made."""

from collections.abc import Iterator

from sqlmodel import Session, select

from crawler.sources.base import plain
from crawler.videos import Label, LabelOutcome
from matcher.screen import ScreenMark, ScreenWords
from reports.render.plain import clock, show_unseen

ON_SCREEN, AT_START = "screen", "start"
"""Kinds of `Label`: anything on screen that names a generator or says AI, and the label that the PRC asks for at the start."""

LONGEST_LINE, MOST = 40, 6
LEAST_SECONDS = 2.0
"""How long the label at the start has to be seen (GB 45438-2025, 4.2)."""

_AT_ONCE, _HARDLY = 0.5, 0.1


def record_screen_labels(session: Session, capture_id: str, words: ScreenWords | None, kind: str) -> None:
    """Put what was read in place of what an earlier scan read; where nobody looked, that stays. kind: of the media."""
    if words is None or not words.looks:
        return
    known = {label.kind: label for label in session.exec(select(Label).where(Label.capture_id == capture_id))}
    for place, outcome, detail in findings(words, kind):
        label = known.get(place) or Label(capture_id=capture_id, kind=place, outcome=outcome)
        label.outcome, label.detail = outcome, detail
        session.add(label)


def findings(words: ScreenWords, kind: str) -> Iterator[tuple[str, LabelOutcome, str]]:
    """Kind, outcome and detail of each finding: of a video both, of a picture what stands on it."""
    if words.marks:
        yield ON_SCREEN, LabelOutcome.PRESENT, "; ".join(said(mark) for mark in words.marks[:MOST])
    else:
        looks = "one look" if words.looks == 1 else f"{words.looks} looks"
        yield ON_SCREEN, LabelOutcome.ABSENT, f"No mark of a generator and no AI label was read in bright letters, in {looks}."
    if kind == "video":
        yield AT_START, *_at_start(words)


def said(mark: ScreenMark) -> str:
    """Where and when a mark stood, and what it says."""
    track = f" of picture track {mark.track}" if mark.track else ""
    line = show_unseen(plain(mark.line, LONGEST_LINE))
    return f"on screen at {clock(mark.start)}\u2013{clock(mark.end)}{track}: '{line}'"


def _at_start(words: ScreenWords) -> tuple[LabelOutcome, str]:
    labels = [mark for mark in words.marks if mark.kind == "label" and mark.start <= _AT_ONCE]
    if not labels:
        return LabelOutcome.ABSENT, "No label that says AI and made was read in bright letters at the start."
    longest = max(labels, key=lambda mark: mark.end - mark.start)
    if longest.end - longest.start < LEAST_SECONDS - _HARDLY:
        return LabelOutcome.ABSENT, f"A label was read there for less than 2 seconds: {said(longest)}."
    return LabelOutcome.PRESENT, said(longest)
