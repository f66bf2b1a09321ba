"""The kinds of things. They stand apart so that the command line can name them without loading arrays and tables."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum


class PartyKind(StrEnum):
    """What a rights holder, or who acts for one, is."""

    STUDIO = "studio"
    UNION = "union"
    AGENCY = "agency"
    ESTATE = "estate"
    PERFORMER = "performer"


class SubjectKind(StrEnum):
    """What is protected: somebody's likeness and voice, something drawn, or a film's own footage."""

    PERSON = "person"
    CHARACTER = "character"
    MARK = "mark"
    FOOTAGE = "footage"


WORKS = (SubjectKind.CHARACTER, SubjectKind.FOOTAGE)
"""What is a work of authorship, so that copyright protects it."""


class Life(StrEnum):
    """Whether a person lives, as far as it is on record: laws protect the living and the dead otherwise."""

    UNKNOWN = "unknown"
    LIVING = "living"
    DECEASED = "deceased"


class Use(StrEnum):
    """What a use is, as the person says who drafts a letter about it."""

    UNKNOWN = "unknown"
    COMMERCIAL = "commercial"
    """On products, or in advertising or selling."""
    EXPRESSIVE = "expressive"
    INTIMATE = "intimate"


class Numbers(StrEnum):
    """How a party's member numbers are compared: letter for letter, or without regard to leading zeros, case and spaces."""

    EXACTLY = "exactly"
    LOOSELY = "loosely"


class LikenessGround(StrEnum):
    """Why a photo is enrolled although it resembles somebody else, or too little: what whoever looked at it found."""

    TWINS = "twins"
    """They are two people who look alike."""
    COMPARED = "compared"
    """It shows whom it should: somebody who knows the person compared the photos."""
    CHANGED = "changed"
    """The person looked otherwise then: age, make-up, illness, a role."""
    OTHER_WRONG = "other-wrong"
    """It is the other one's photos that are wrong."""


class SampleKind(StrEnum):
    """What a reference is, by its content."""

    PICTURE = "picture"
    CLIP = "clip"
    RECORDING = "recording"


class Modality(StrEnum):
    """In what way a subject can be present in a video."""

    FACE = "face"
    ARTWORK = "artwork"
    FOOTAGE = "footage"
    VOICE = "voice"
    SOUND = "sound"


@dataclass(frozen=True)
class Way:
    """One modality: what can be present in it, by what it is found, and the words for it.

    kinds: of subjects. sample: what they are enrolled with. sensed: seen or heard. compared: of what two are alike by a score.
    unknown: what no score says, after "not". reference: what is enrolled. nature: what a match by it is and is not, as a
    sentence; empty where the picture beside it shows as much.
    """

    kinds: tuple[SubjectKind, ...]
    sample: SampleKind
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

WAYS: Mapping[Modality, Way] = {
    Modality.FACE: Way((SubjectKind.PERSON,), SampleKind.PICTURE, SEEN, "pictures", "who is in them", "The enrolled reference"),
    Modality.ARTWORK: Way(
        (SubjectKind.CHARACTER, SubjectKind.MARK),
        SampleKind.PICTURE,
        SEEN,
        "pictures",
        "who is in them",
        "The enrolled reference",
    ),
    Modality.FOOTAGE: Way(
        (SubjectKind.FOOTAGE,), SampleKind.CLIP, SEEN, "moving pictures", "whose they are", "The enrolled clip"
    ),
    Modality.VOICE: Way(
        (SubjectKind.PERSON,),
        SampleKind.RECORDING,
        HEARD,
        "voices",
        "who, or what, spoke",
        "The enrolled recording",
        "The voice resembles the one in the reference: who, or what, spoke is not known.",
    ),
    Modality.SOUND: Way(
        (SubjectKind.FOOTAGE,),
        SampleKind.CLIP,
        HEARD,
        "recordings",
        "whose they are",
        "The enrolled clip",
        "The same recording is heard as in the clip: where either has it from is not known. Music and intros are in many videos.",
    ),
}
"""All that is particular to each modality, one after another; of those of one kind of subject the usual one comes first."""

BY_NAME_ALONE = frozenset({Modality.VOICE})
"""Modalities that a mandate, a consent, a licence or an entry of the allow-list covers only where it names them.

Most that name none were signed when there was nothing but faces and artwork, or speak of a likeness: a right in a voice is
another one, and must not follow from silence.
"""


GOES_WITH: Mapping[Modality, Modality] = {Modality.SOUND: Modality.FOOTAGE}
"""What is covered along with another way that is named: a clip's sound is part of the recorded work, as its pictures are."""


def covers(named: Collection[str], modality: Modality) -> bool:
    """Whether what names these modalities, or none, covers that one."""
    if not named:
        return modality not in BY_NAME_ALONE
    return modality in named or GOES_WITH.get(modality) in named


PRESENT_IN: Mapping[SubjectKind, tuple[Modality, ...]] = {
    kind: tuple(modality for modality, way in WAYS.items() if kind in way.kinds) for kind in SubjectKind
}
"""In which ways each kind of subject can be present, the usual one first."""

SAMPLE_OF: Mapping[Modality, SampleKind] = {modality: way.sample for modality, way in WAYS.items()}
"""What a subject is enrolled with to be found in each way."""


def samples_of(kind: SubjectKind) -> tuple[SampleKind, ...]:
    """What a subject of that kind may be enrolled with."""
    return tuple(dict.fromkeys(SAMPLE_OF[modality] for modality in PRESENT_IN[kind]))


class Scope(StrEnum):
    """What a token may be used for, within its account's role. registry: licences. commands: the whole command line."""

    READ = "read"
    DECIDE = "decide"
    REGISTRY = "registry"
    COMMANDS = "commands"
    CHECK = "check"


class Role(StrEnum):
    """admin: all of the party's. registrar: what is protected. reviewer: matches, cases, letters. auditor: reads all of it."""

    ADMIN = "admin"
    REGISTRAR = "registrar"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"
