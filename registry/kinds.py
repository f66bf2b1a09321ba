"""The kinds of things. They stand apart so that the command line can name them without loading arrays and tables."""

from collections.abc import Collection, Mapping
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


class Modality(StrEnum):
    """In what way a subject can be present in a video."""

    FACE = "face"
    ARTWORK = "artwork"
    FOOTAGE = "footage"
    VOICE = "voice"
    SOUND = "sound"


PRESENT_IN: Mapping[SubjectKind, tuple[Modality, ...]] = {
    SubjectKind.PERSON: (Modality.FACE, Modality.VOICE),
    SubjectKind.CHARACTER: (Modality.ARTWORK,),
    SubjectKind.MARK: (Modality.ARTWORK,),
    SubjectKind.FOOTAGE: (Modality.FOOTAGE, Modality.SOUND),
}
"""In which ways each kind of subject can be present, the usual one first."""

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


class SampleKind(StrEnum):
    """What a reference is, by its content."""

    PICTURE = "picture"
    CLIP = "clip"
    RECORDING = "recording"


SAMPLE_OF: Mapping[Modality, SampleKind] = {
    Modality.FACE: SampleKind.PICTURE,
    Modality.ARTWORK: SampleKind.PICTURE,
    Modality.FOOTAGE: SampleKind.CLIP,
    Modality.VOICE: SampleKind.RECORDING,
    Modality.SOUND: SampleKind.CLIP,
}
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
