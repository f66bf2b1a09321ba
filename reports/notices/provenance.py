"""What a letter says of how a video was labelled: one sentence for each thing found, one for all that was not found."""

from collections.abc import Iterator, Sequence

from crawler.videos import Label, LabelOutcome

PLACES = {
    "aigc": "an AI label in the file (GB 45438)",
    "c2pa": "Content Credentials (C2PA) in the file",
    "iptc": "a digital source type (IPTC) in the file",
    "platform": "an AI label on the page",
    "words": "a generator's name in title or caption",
}
_NAMES = {
    "aigc": "AI label in the file (GB 45438)",
    "c2pa": "Content Credentials in the file (C2PA)",
    "iptc": "digital source type in the file (IPTC)",
    "platform": "AI label on the page",
    "words": "generator named in title or caption",
}
_FOUND = {
    "aigc": "The file carries an AI label (GB 45438)",
    "c2pa": "The file carries Content Credentials (C2PA)",
    "iptc": "The file states its digital source type (IPTC)",
    "platform": "The page labels the video as made with AI",
    "words": "Title or caption name a generator",
    "unlabelled": "A label is missing",
}
_BROKEN = {
    "aigc": "The file carries an AI label (GB 45438) that is not well formed",
    "c2pa": "The file carries Content Credentials (C2PA) that do not verify",
    "iptc": "The file states a digital source type (IPTC) that is none of the vocabulary, or cannot be relied on",
}


def provenance(labels: Sequence[Label]) -> list[str]:
    """Each sentence once. labels: of one video's bytes, wherever they were captured."""
    if not labels:
        return ["Whether the video is labelled is not known: no label was looked for."]
    return list(dict.fromkeys([*_found(labels), *_unknown(labels), *_absent(labels)]))


def _found(labels: Sequence[Label]) -> Iterator[str]:
    for kind in _FOUND:
        for label in labels:
            if label.kind != kind:
                continue
            if label.outcome is LabelOutcome.PRESENT:
                yield _sentence(_FOUND[kind], label.detail)
            elif label.outcome is LabelOutcome.INVALID:
                yield _sentence(_BROKEN.get(kind, _FOUND[kind]), label.detail)


def _unknown(labels: Sequence[Label]) -> Iterator[str]:
    for kind, place in PLACES.items():
        of_kind = [label for label in labels if label.kind == kind]
        if not of_kind:
            yield f"Whether there is {place} is not known: it was not looked for."
        elif all(label.outcome is LabelOutcome.UNKNOWN for label in of_kind):
            yield _sentence(f"Whether there is {place} is not known", of_kind[0].detail)


def _absent(labels: Sequence[Label]) -> Iterator[str]:
    known = {kind: {label.outcome for label in labels if label.kind == kind} for kind in PLACES}
    absent = [_NAMES[kind] for kind, outcomes in known.items() if LabelOutcome.ABSENT in outcomes and _none(outcomes)]
    if absent:
        listed = absent[0] if len(absent) == 1 else ", ".join(absent[:-1]) + " or " + absent[-1]
        yield f"No label was found of these kinds, which says nothing about how the video was made: {listed}."


def _none(outcomes: set[LabelOutcome]) -> bool:
    return outcomes <= {LabelOutcome.ABSENT, LabelOutcome.UNKNOWN}


def _sentence(head: str, detail: str) -> str:
    detail = detail.strip().rstrip(".")
    return f"{head}: {detail}." if detail else f"{head}."
