"""What is known of how a video was made, in one line, and in full where the line leaves something open."""

from collections.abc import Iterable, Sequence

from crawler.videos import Label, LabelOutcome
from reports.render.plain import shorten
from reports.reported_matches import LABEL_PLACES, label_words

_PLACES = ("aigc", "platform", "c2pa", "iptc", "words", "screen")
_WHERE = (("aigc", "in the file"), ("platform", "on the page"), ("screen", "on screen"))
_NONE = "unknown, none was looked for"
_CLAIMS_NOTHING = "says nothing about how it was made"


def provenance_line(labels: Sequence[Label]) -> str:
    """What was found first, then what was not found, then what is not known; a place that was not looked at is unknown."""
    if not labels:
        return f"Provenance labels: {_NONE}"
    found = {label.kind: label for label in labels}
    said = [*_found(found), *_absent(found), *_unknown(found)]
    line = "; ".join(said)
    return line[:1].upper() + line[1:]


def provenance_details(labels: Sequence[Label]) -> tuple[str, ...]:
    """Every place in full; empty where the line has said it all: nothing was found, or nothing was looked for."""
    plain = all(label.outcome is LabelOutcome.ABSENT or label.kind == "unlabelled" for label in labels)
    return () if plain else label_words(labels)


def _found(labels: dict[str, Label]) -> Iterable[str]:
    for kind in (*_PLACES, "unlabelled"):
        label = labels.get(kind)
        if label and label.outcome is LabelOutcome.PRESENT:
            detail = shorten(label.detail.replace("; ", ", "), 90)
            yield f"{LABEL_PLACES[kind]}: {detail or 'present'}"
        elif label and label.outcome is LabelOutcome.INVALID:
            yield f"{LABEL_PLACES[kind]}: present but invalid"


def _absent(labels: dict[str, Label]) -> Iterable[str]:
    absent = {kind for kind, label in labels.items() if label.outcome is LabelOutcome.ABSENT}
    where = [words for kind, words in _WHERE if kind in absent]
    said = [f"no AI label {' or '.join([', '.join(where[:-1]), where[-1]] if where[1:] else where)}"] if where else []
    if "c2pa" in absent:
        said.append("Content Credentials: none found")
    if said:
        said[-1] += f" ({_CLAIMS_NOTHING})"
    return said


def _unknown(labels: dict[str, Label]) -> Iterable[str]:
    unknown = [kind for kind in _PLACES if kind not in labels or labels[kind].outcome is LabelOutcome.UNKNOWN]
    if unknown:
        yield "unknown: " + ", ".join(LABEL_PLACES[kind] for kind in unknown)
