"""The seam for notices: what a letter is made of, and the letter itself, ready to be set in any form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from crawler.availability import LookOutcome
from crawler.pages import PageOfVideo
from crawler.videos import Capture, Label, Video
from registry.mandates import Mandate
from registry.parties import Party
from registry.subjects import Subject
from registry.types import Modality, Use
from reports.cases import ConfirmedMatch
from reports.notices.language import Language
from reports.notices.wording import ENGLISH, Wording


@dataclass(frozen=True)
class FairUse:
    """That a named person considered fair use before a copyright notice, when, and why the notice is sent all the same."""

    considered_by: str
    considered_on: date
    reason: str


@dataclass(frozen=True)
class LicencesConsidered:
    """That a named person considered licences that ended or depend on what is not known, and why the letter is sent all the
    same."""

    considered_by: str
    reason: str


@dataclass(frozen=True)
class LetterTerms:
    """What only the people behind a notice know. Whatever is left empty becomes a marked blank in the letter.

    sender_address, sender_email, signatory: in place of what the registry has of the party. territory: the ISO 3166 code of
    the place whose law is relied on, where the jurisdiction's name does not tell it. law_confirmed_by: who confirmed the statutes
    that the letter suggests. registration: number and class of a mark. use: what the use is, as whoever drafts it says.
    notice_authority: the document by which an agent may send this very notice. language: None for the law's own.
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
    sender_address: str = ""
    sender_email: str = ""
    signatory: str = ""
    registration: str = ""
    law_confirmed_by: str = ""
    licences: LicencesConsidered | None = None
    use: Use = Use.UNKNOWN
    notice_authority: str = ""
    language: Language | None = None


@dataclass(frozen=True)
class Authority:
    """By which mandate a subject is acted for in these modalities. territory: where alone, empty for everywhere; settled: the
    letter's own place lies in it."""

    mandate: Mandate
    modalities: tuple[Modality, ...]
    territory: tuple[str, ...] = ()
    settled: bool = True


class Sight(StrEnum):
    """What the look right before a letter found of captured bytes at their address."""

    SAME = "the same bytes"
    VOUCHED = "unchanged by the site's word"
    LISTED = "listed, its bytes not compared"
    GONE = "gone"
    REPLACED = "replaced"
    UNREACHABLE = "not reachable"
    NO_ADDRESS = "a file without a public address"

    @property
    def is_there(self) -> bool:
        """Whether what was captured was there at the look."""
        return self in (Sight.SAME, Sight.VOUCHED, Sight.LISTED)


@dataclass(frozen=True)
class PageSeen:
    """A page of a video, and what the look at it found. outcome, at: None where its address is the video's own, or it has none.

    stated: which of title, uploader and published_at the page itself states, and not only a feed or a list that speaks about it.
    """

    page: PageOfVideo
    outcome: LookOutcome | None = None
    at: datetime | None = None
    why: str = ""
    stated: frozenset[str] = frozenset()

    @property
    def shows_it(self) -> bool:
        """Whether the page was seen to show the video at the look."""
        return self.outcome is LookOutcome.SEEN and not self.why


@dataclass(frozen=True)
class Place:
    """An address at which confirmed bytes were captured, and what the look at it found.

    at: when it was looked at; last_seen_at: when the bytes were last there. joined_at: when the address was found, where that was
    after the decision on the same bytes.
    """

    video: Video
    capture: Capture
    sight: Sight
    at: datetime
    last_seen_at: datetime
    why: str = ""
    pages: tuple[PageSeen, ...] = ()
    joined_at: datetime | None = None


@dataclass(frozen=True)
class Still:
    """Two pictures cut from captured bytes at t seconds: as it is, and with the place marked.

    corners: x1, y1, x2, y2 in pixels of the full frame. track, counted: of the appearance. name, marked_name: of the
    enclosed PNG files, sha256, marked_sha256 their digests. hidden: where faces of others were made unrecognisable, others:
    what is said of them (reports.evidence.bystanders).
    """

    match_id: str
    subject: str
    media_sha256: str
    t: float
    corners: tuple[float, float, float, float]
    name: str
    sha256: str
    marked_name: str
    marked_sha256: str
    track: int = 0
    counted: bool = False
    hidden: tuple[tuple[float, float, float, float], ...] = ()
    others: str = ""


@dataclass(frozen=True)
class BundleSeal:
    """An evidence bundle of the case that was sealed: its name, the SHA-256 of its list of digests, the key's fingerprint."""

    name: str
    sums_sha256: str
    fingerprint: str
    at: datetime


@dataclass(frozen=True)
class Brief:
    """Everything that a letter may say. Its matches are confirmed by their type.

    places: every address of the case, the first one first. matches: of what is to be seen at one of them at least, and of copies
    of the same bytes one. labels: of these bytes, by their SHA-256. mandates: by subject's id. licences_to_consider: whether
    earlier or uncertain licences were considered. bundle: the last one that was sealed. say: in the language of the letter.
    """

    case_id: str
    party: Party
    places: Sequence[Place]
    subjects: Mapping[str, Subject]
    matches: Sequence[ConfirmedMatch]
    labels: Mapping[str, Sequence[Label]]
    mandates: Mapping[str, Sequence[Authority]]
    terms: LetterTerms
    at: datetime
    stills: Sequence[Still] = ()
    bundle: BundleSeal | None = None
    licences_to_consider: bool = False
    say: Wording = ENGLISH

    @property
    def there(self) -> list[Place]:
        """The places at which the video was to be seen."""
        return [place for place in self.places if place.sight.is_there]

    def bytes_of(self, match: ConfirmedMatch) -> str:
        """The SHA-256 of the media in which a match was found."""
        return next(place.capture.media_sha256 for place in self.places if place.capture.id == match.capture_id)


@dataclass(frozen=True)
class Block:
    """A part of a section under a small heading of its own."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Section:
    """facts: names and values, to be set as a list; strangers' texts stand only there, so that they reorder nothing else.

    states_looks: it says what was seen at addresses; when the letter is approved, it says that it was seen again.
    """

    heading: str
    paragraphs: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    bullets: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    states_looks: bool = False


@dataclass(frozen=True)
class Letter:
    """missing: what the blanks in it ask for, each once, in the letter's order. to_confirm: the statutes that it suggests and
    nobody confirmed. deadline: the day by which it asks for something. stills: of its annex. grounds: the laws that it
    cites, by their ids; left: why it does not cite others of that place. language: in which it is written. reading: where that
    is not English, the same in English, for whoever reads no other; it is not sent. is_copy: whether this is that one."""

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
    to_confirm: tuple[str, ...] = ()
    deadline: date | None = None
    stills: tuple[Still, ...] = ()
    grounds: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    language: Language = Language.ENGLISH
    reading: "Letter | None" = None
    is_copy: bool = False

    @property
    def say(self) -> Wording:
        """What speaks its language."""
        return Wording(self.language)

    @property
    def asked(self) -> tuple[str, ...]:
        """What its blanks ask for, in English."""
        return self.missing if self.reading is None else self.reading.missing


class NoticeTemplate(Protocol):
    """One kind of letter under one law.

    law: its short name, for tables and commands.
    """

    law: str

    def needs_fair_use(self, brief: Brief) -> bool:
        """Whether a named person has to consider fair use before this letter is written."""

    def write(self, brief: Brief) -> Letter:
        """The letter. What brief lacks is a blank in it, never an invention. Raises NoticeRefused where the law does not fit."""
