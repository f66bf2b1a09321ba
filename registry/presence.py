"""What may be said of a match by its modality, in words: a face is seen, a voice is heard, and no score says who it is.

One place for every page, report and command, so that none says of a voice that it was seen, or that a person spoke.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from registry.kinds import Modality


@dataclass(frozen=True)
class Presence:
    """The words for one modality.

    sensed: seen or heard. compared: of what two are alike by a score. unknown: what no score says, after "not". reference: what
    is enrolled. nature: what a match by it is and is not, as a sentence; empty where the picture beside it shows as much.
    """

    sensed: str
    compared: str
    unknown: str
    reference: str
    nature: str = ""

    @property
    def has_place(self) -> bool:
        """Whether it is somewhere in a picture, so that there is one to show."""
        return self.sensed == SEEN

    @property
    def at(self) -> str:
        """What stands before the seconds: "Seen", "Heard"."""
        return self.sensed.capitalize()

    def frame(self, clock: str, subject: str, *, confirmed: bool = False) -> str:
        """What the picture of a match is, or what stands in place of one, for who cannot see it."""
        if not self.has_place:
            return f"What was {self.sensed}, from {clock} on"
        return f"Frame at {clock} with a box around {subject if confirmed else f'what resembles {subject}'}"


SEEN, HEARD = "seen", "heard"

_PRESENT: Mapping[Modality, Presence] = {
    Modality.FACE: Presence(SEEN, "pictures", "who is in them", "The enrolled reference"),
    Modality.ARTWORK: Presence(SEEN, "pictures", "who is in them", "The enrolled reference"),
    Modality.FOOTAGE: Presence(SEEN, "moving pictures", "whose they are", "The enrolled clip"),
    Modality.VOICE: Presence(
        HEARD,
        "voices",
        "who, or what, spoke",
        "The enrolled recording",
        "The voice resembles the one in the reference: who, or what, spoke is not known.",
    ),
    Modality.SOUND: Presence(
        HEARD,
        "recordings",
        "whose they are",
        "The enrolled clip",
        "The same recording is heard as in the clip: where either has it from is not known. Music and intros are in many videos.",
    ),
}


def present(modality: Modality) -> Presence:
    """The words for a modality."""
    return _PRESENT[modality]


def score_says(modalities: Collection[Modality]) -> str:
    """What a score says and does not, of matches by these modalities; of pictures where there are none."""
    words = [_PRESENT[each] for each in Modality if each in modalities] or [_PRESENT[Modality.FACE]]
    compared = " or ".join(dict.fromkeys(f"two {one.compared}" for one in words))
    return f"A score says how alike {compared} are, not {', nor '.join(dict.fromkeys(one.unknown for one in words))}."


def sensed(modalities: Collection[Modality]) -> str:
    """In which ways what is of these modalities is there: "seen", "heard", "seen or heard"; seen where there are none."""
    return " or ".join(dict.fromkeys(_PRESENT[each].sensed for each in Modality if each in modalities)) or SEEN
