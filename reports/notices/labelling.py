"""What the PRC's rules on labels ask of generated videos, and what was found of it: a finding of its own in a letter."""

from collections.abc import Iterator, Sequence

from crawler.videos import Label, LabelOutcome
from reports.notices.base import Brief, Section
from reports.notices.provenance import Fact
from reports.notices.wording import Wording

_IN_THE_FILE = {
    LabelOutcome.PRESENT: "found in the file",
    LabelOutcome.INVALID: "found in the file, and not well formed",
    LabelOutcome.ABSENT: "not found in the file",
    LabelOutcome.UNKNOWN: "not known: the file could not be read for it",
}
_AT_THE_START = {
    LabelOutcome.PRESENT: "found: it is seen for two seconds or more",
    LabelOutcome.ABSENT: "not found among bright letters that stand still",
}
_NOT_LOOKED_FOR = "not known: it was not looked for"


def labelling(brief: Brief) -> Section:
    """The rules, and of the bytes at each address what was found. That a label is absent says nothing of how a video was made."""
    say = brief.say
    rules = say(
        "Under the Measures for Labelling AI-Generated Synthetic Content, in force since 1 September 2025, and the standard GB "
        "45438-2025, a generated video has a visible label of at least two seconds at its start, and a label in the file's "
        "metadata (AIGC)."
    )
    asked = say(
        "Where the video was generated or synthesised, the lack of a label is a breach of its own. Verify it, and deal with it "
        "under these rules, whatever becomes of the rest of this notice. That a label was not found does not say how the video "
        "was made."
    )
    digests = dict.fromkeys(place.capture.media_sha256 for place in brief.there)
    facts = [fact for digest in digests for fact in _found(brief.labels.get(digest, ()), digest, say)]
    return Section(say("Labelling of generated content"), (rules,), facts=tuple(facts), after=(asked,))


def _found(labels: Sequence[Label], digest: str, say: Wording) -> Iterator[Fact]:
    outcomes = {label.outcome for label in labels if label.kind == "aigc"}
    found = next((words for outcome, words in _IN_THE_FILE.items() if outcome in outcomes), _NOT_LOOKED_FOR)
    yield say("Video"), digest
    yield say("Label in the file (AIGC)"), say(found)
    at_start = {label.outcome for label in labels if label.kind == "start"}
    seen = next((words for outcome, words in _AT_THE_START.items() if outcome in at_start), _NOT_LOOKED_FOR)
    yield say("Visible label at the start"), say(seen)
    if any(label.kind == "platform" and label.outcome is LabelOutcome.PRESENT for label in labels):
        yield say("Label on the page"), say("the page labels the video as made with AI")
