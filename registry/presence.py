"""What may be said of a match by its modality, in words: a face is seen, a voice is heard, and no score says who it is.

One place for every page, report and command, so that none says of a voice that it was seen, or that a person spoke. The words of
each modality stand with all else that is particular to it, in `registry.kinds.WAYS`.
"""

from collections.abc import Collection

from registry.kinds import SEEN, WAYS, Modality, Way


def present(modality: Modality) -> Way:
    """The words for a modality."""
    return WAYS[modality]


def score_says(modalities: Collection[Modality]) -> str:
    """What a score says and does not, of matches by these modalities; of pictures where there are none."""
    words = [WAYS[each] for each in Modality if each in modalities] or [WAYS[Modality.FACE]]
    compared = " or ".join(dict.fromkeys(f"two {one.compared}" for one in words))
    return f"A score says how alike {compared} are, not {', nor '.join(dict.fromkeys(one.unknown for one in words))}."


def sensed(modalities: Collection[Modality]) -> str:
    """In which ways what is of these modalities is there: "seen", "heard", "seen or heard"; seen where there are none."""
    return " or ".join(dict.fromkeys(WAYS[each].sensed for each in Modality if each in modalities)) or SEEN
