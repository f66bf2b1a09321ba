"""What a letter says of how a video was labelled: one sentence for each thing found, one for all that was not found."""

from collections.abc import Iterator, Sequence

from crawler.videos import Label, LabelOutcome
from reports.notices.wording import ENGLISH, Wording

_NAMES = {
    "aigc": "AI label in the file (GB 45438)",
    "c2pa": "entry of Content Credentials in the file (C2PA)",
    "iptc": "IPTC digital source type in the file",
    "platform": "AI label on the page",
    "words": "AI generator named in title or caption",
    "screen": "AI mark or label on screen",
}
_SAYING = frozenset({LabelOutcome.PRESENT, LabelOutcome.INVALID})
_FOUND = {
    "aigc": "The file carries an AI label (GB 45438)",
    "c2pa": "The file carries Content Credentials (C2PA)",
    "iptc": "The file states its digital source type (IPTC)",
    "platform": "The page labels the video as made with AI",
    "words": "Title or caption name a generator",
    "screen": "A generator's mark or an AI label is on screen",
    "unlabelled": "A label is missing",
}
_BROKEN = {
    "aigc": "The file carries an AI label (GB 45438) that is not well formed",
    "c2pa": "The file carries Content Credentials (C2PA) that do not verify",
    "iptc": "The file states a digital source type (IPTC) that is none of the vocabulary, or cannot be relied on",
}


Fact = tuple[str, str]


def provenance(labels: Sequence[Label], say: Wording = ENGLISH) -> list[Fact]:
    """Each sentence once, under what it is: found, not found or not known. labels: of one video's bytes, wherever captured."""
    if not labels:
        return [(say("Not known"), say("Whether the video is labelled: no label was looked for."))]
    return list(dict.fromkeys([*_found(labels, say), *_absent(labels, say), *_unknown(labels, say)]))


def _found(labels: Sequence[Label], say: Wording) -> Iterator[Fact]:
    for kind, words in _FOUND.items():
        for label in labels:
            if label.kind == kind and label.outcome is LabelOutcome.PRESENT:
                yield say("Found"), _sentence(say(words), label.detail, say)
            elif label.kind == kind and label.outcome is LabelOutcome.INVALID:
                yield say("Found"), _sentence(say(_BROKEN.get(kind, words)), label.detail, say)


def _absent(labels: Sequence[Label], say: Wording) -> Iterator[Fact]:
    outcomes = {kind: {label.outcome for label in labels if label.kind == kind} for kind in _NAMES}
    absent = [say(_NAMES[kind]) for kind, found in outcomes.items() if LabelOutcome.ABSENT in found and not found & _SAYING]
    if absent:
        said = "No label was found (which says nothing about how the video was made): no {labels}."
        yield say("Not found"), say(said, labels=say.listed(absent, "or"))


def _unknown(labels: Sequence[Label], say: Wording) -> Iterator[Fact]:
    for kind, name in _NAMES.items():
        of_kind = [label for label in labels if label.kind == kind]
        if not of_kind:
            yield say("Not known"), say("Whether there is an {label}: it was not looked for.", label=say(name))
        elif all(label.outcome is LabelOutcome.UNKNOWN for label in of_kind):
            head = say("Whether there is an {label}", label=say(name))
            yield say("Not known"), _sentence(head, _lowered(of_kind[0].detail), say)


def _lowered(detail: str) -> str:
    """Our own words about what could not be known, in the middle of a sentence."""
    return detail[:1].lower() + detail[1:] if detail[1:2].islower() else detail


def _sentence(head: str, detail: str, say: Wording) -> str:
    detail = detail.strip().rstrip(".")
    return say("{head}: {detail}.", head=head, detail=say.recorded(detail)) if detail else say("{head}.", head=head)
