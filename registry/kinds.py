"""The kinds of things. They stand apart so that the command line can name them without loading arrays and tables."""

from enum import StrEnum


class PartyKind(StrEnum):
    STUDIO = "studio"
    UNION = "union"
    AGENCY = "agency"
    ESTATE = "estate"
    PERFORMER = "performer"


class SubjectKind(StrEnum):
    PERSON = "person"
    CHARACTER = "character"
    MARK = "mark"


class Modality(StrEnum):
    """In what way a subject can be present in a video."""

    FACE = "face"
    ARTWORK = "artwork"


class Role(StrEnum):
    """admin: all of the party's. registrar: what is protected. reviewer: matches, cases, letters. auditor: reads all of it."""

    ADMIN = "admin"
    REGISTRAR = "registrar"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"
