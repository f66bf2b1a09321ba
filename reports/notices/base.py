"""The seam for notices: what a letter is made of, and the letter itself, ready to be set in any form."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from crawler.videos import Capture, Label, Video
from registry.mandates import Mandate
from registry.parties import Party
from registry.subjects import Subject
from registry.types import Modality
from reports.cases import ConfirmedMatch

_BLANK = re.compile(r"(\[to be completed: [^\[\]]*\])")


def blank(what: str) -> str:
    """What stands where something is missing: it can be seen, and searched for."""
    return f"[to be completed: {what}]"


@dataclass(frozen=True)
class FairUse:
    """That a named person considered fair use before a copyright notice, when, and why the notice is sent all the same."""

    considered_by: str
    considered_on: date
    reason: str


@dataclass(frozen=True)
class Terms:
    """What only the people behind a notice know. Whatever is left empty becomes a marked blank in the letter.

    territory: the ISO 3166 code of the place whose law is relied on, where the jurisdiction's name does not tell it.
    """

    jurisdiction: str = ""
    statute: str = ""
    recipient: str = ""
    recipient_address: str = ""
    purpose: str = ""
    exceptions: str = ""
    deadline: date | None = None
    fair_use: FairUse | None = None
    territory: str = ""


@dataclass(frozen=True)
class Authority:
    """By which mandate a subject is acted for in these modalities. territory: where alone, empty for everywhere; settled: the
    letter's own place lies in it."""

    mandate: Mandate
    modalities: tuple[Modality, ...]
    territory: tuple[str, ...] = ()
    settled: bool = True


@dataclass(frozen=True)
class Brief:
    """Everything that a letter may say. Its matches are confirmed by their type. mandates: by subject's id."""

    case_id: str
    party: Party
    video: Video
    subjects: Mapping[str, Subject]
    matches: Sequence[ConfirmedMatch]
    captures: Sequence[Capture]
    labels: Sequence[Label]
    mandates: Mapping[str, Sequence[Authority]]
    terms: Terms
    at: datetime


@dataclass(frozen=True)
class Section:
    """facts: names and values, to be set as a list; strangers' texts stand only there, so that they reorder nothing else."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    bullets: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Letter:
    """missing: what the blanks in it ask for, each once, in the order of the letter."""

    law: str
    title: str
    reference: str
    dated: date
    sender: tuple[str, ...]
    recipient: tuple[str, ...]
    concerning: str
    salutation: str
    sections: tuple[Section, ...]
    closing: tuple[str, ...]
    signature: tuple[str, ...]
    missing: tuple[str, ...]


class NoticeTemplate(Protocol):
    """One kind of letter under one law.

    law: its short name, for tables and commands.
    """

    law: str

    def needs_fair_use(self, brief: Brief) -> bool:
        """Whether a named person has to consider fair use before this letter is written."""

    def write(self, brief: Brief) -> Letter:
        """The letter. What brief lacks is a blank in it, never an invention. Raises NoticeRefused where the law does not fit."""


@dataclass
class Blanks:
    """Collects what is missing while a letter is written."""

    missing: list[str] = field(default_factory=list)

    def fill(self, value: str, what: str) -> str:
        """The value, or a blank that asks for what."""
        if value.strip():
            return value.strip()
        return self.ask(what)

    def ask(self, what: str) -> str:
        if what not in self.missing:
            self.missing.append(what)
        return blank(what)


def runs(text: str) -> list[tuple[str, bool]]:
    """A text in pieces, each with whether it is a blank."""
    return [(piece, bool(_BLANK.fullmatch(piece))) for piece in _BLANK.split(text) if piece]
