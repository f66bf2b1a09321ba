"""What goes between the matcher's functions, and out of it. Nothing here can hold an appearance's embedding."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from matcher.likelihood_ratio import Likelihood
from matcher.sample import Block as Block
from matcher.sample import Frame as Frame
from matcher.sample import ReferencePart as ReferencePart
from matcher.sample import ReferenceSpan as ReferenceSpan
from matcher.sample import Sample as Sample
from matcher.screen import ScreenWords
from registry.kinds import SampleKind
from registry.types import Modality, SubjectKind, Template

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Box:
    """Corners in pixels of the upright frame at its full size."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Observation:
    """Where something was at one time."""

    t: float
    box: Box


@dataclass(frozen=True)
class Appearance:
    """A span in which one face, artwork, voice or stretch of footage is present. Times in seconds from the first picture of its
    track.

    best, observations: where it is, for what has a place in the picture; a voice has none. track: the number of the picture
    sequence, from 1, where the file has several, else 0. counted: whether its frames were counted, because the file's own times
    are out of order: only counting again finds them. spans: where appearances were joined, each of them, in order; else empty.
    """

    modality: Modality
    t_start: float
    t_end: float
    best: Observation | None = None
    observations: tuple[Observation, ...] = ()
    track: int = 0
    counted: bool = False
    spans: tuple[tuple[float, float], ...] = ()

    @property
    def best_t(self) -> float:
        """The second at which it is shown: the clearest one, or where it begins."""
        return self.best.t if self.best else self.t_start


@dataclass(frozen=True)
class Candidate:
    """A subject that an appearance resembles, with its best reference. score: 0 to 1, the modality's own scale.

    false_of_kind: the expected false matches, in 1,000 videos, that this counts as having at least: those among strangers of the
    subject's own kind, who may resemble it more than strangers at large do; 0 where the modality knows no kinds. shows: which
    part of the reference it is, where that has a length. likelihood: the weight of the score, where it is known.
    """

    subject_id: str
    reference_id: str
    score: float
    evidence: tuple[str, ...] = ()
    false_of_kind: float = 0.0
    shows: ReferenceSpan | None = None
    likelihood: Likelihood | None = None


@dataclass(frozen=True)
class Finding:
    """An appearance with the subjects of one party that it resembles, best first, one candidate per subject."""

    appearance: Appearance
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Match:
    """An appearance that the gallery explains.

    expected_false_matches: how many matches at least this strong 1,000 videos without any enrolled subject would
    raise, with the subjects that this encoder compares: of strangers at large, or of the subject's own kind where that is more.
    margin: score minus the runner-up's. shows: see Candidate. parts: where appearances were joined that each show part of a
    reference, what each of appearance.spans shows, in their order; else empty. likelihood: the weight of the score; None where
    it was not fitted and tested for this pack and modality.
    """

    appearance: Appearance
    subject_id: str
    reference_id: str
    score: float
    threshold: float
    margin: float
    expected_false_matches: float
    encoder: str
    pack: str
    reasons: tuple[str, ...]
    shows: ReferenceSpan | None = None
    parts: tuple[ReferencePart, ...] = ()
    likelihood: Likelihood | None = None


@dataclass(frozen=True)
class Failure:
    """Why a file could not be looked at, and what to do about it."""

    what: str
    remedy: str


@dataclass(frozen=True)
class ScanResult:
    """All that a scan says of one media file. With a failure, nothing is known of what the file shows.

    tracks: its picture sequences. share: how much of what it shows was looked at, 0 to 1 by seconds; below 1 only where unseen
    says in words what was not, which may also be sound that was not heard. What was looked at in part is no "no match".
    words: on screen; None where none were looked for.
    """

    media: str
    kind: str
    width: int
    height: int
    duration: float
    shots: tuple[tuple[float, float], ...]
    frames_looked_at: int
    appearances: tuple[Appearance, ...]
    matches: tuple[Match, ...]
    encoders: tuple[str, ...]
    packs: tuple[str, ...]
    seconds: float
    warnings: tuple[str, ...] = ()
    failure: Failure | None = None
    tracks: int = 1
    share: float = 1.0
    unseen: tuple[str, ...] = ()
    words: ScreenWords | None = None

    @property
    def in_part(self) -> bool:
        """Whether it was looked at, but not all of it."""
        return self.failure is None and bool(self.unseen)


@dataclass(frozen=True)
class GallerySubject:
    """party: whose it is; one person may stand in a gallery once for each that acts for them. aliases: what else it is called."""

    id: str
    name: str
    kind: SubjectKind
    party: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All that it is called."""
        return self.name, *self.aliases


@dataclass(frozen=True)
class Gallery:
    """Who and what is looked for. Templates of several encoders may stand side by side; each reads only its own.

    Each party's subjects are compared among themselves and judged by themselves: no party takes a match from another, and none
    is told of another's by a count, a margin or a threshold.
    """

    subjects: Mapping[str, GallerySubject]
    templates: Sequence[Template] = field(default_factory=tuple)

    def of_encoder(self, encoder: str) -> list[Template]:
        """The templates that one encoder made, in the gallery's order."""
        return [t for t in self.templates if t.encoder == encoder]

    def of_kinds(self, encoder: str, kinds: Collection[SubjectKind]) -> list[Template]:
        """That encoder's templates of subjects of those kinds."""
        held = self.subjects
        return [t for t in self.of_encoder(encoder) if t.subject_id in held and held[t.subject_id].kind in kinds]

    @cached_property
    def by_party(self) -> "Mapping[str, Gallery]":
        """The part of each party that has a subject here, in order of their ids."""
        subjects: dict[str, dict[str, GallerySubject]] = {}
        for key, subject in self.subjects.items():
            subjects.setdefault(subject.party, {})[key] = subject
        templates: dict[str, list[Template]] = {}
        for template in self.templates:
            if template.subject_id in self.subjects:
                templates.setdefault(self.subjects[template.subject_id].party, []).append(template)
        return {party: Gallery(subjects[party], tuple(templates.get(party, ()))) for party in sorted(subjects)}

    def compared_by(self, encoder: str, party: str) -> int:
        """How many subjects an appearance is compared with by that encoder: those of the party that have a template of it.

        Whoever is enrolled for another modality, or not at all, raises no threshold of this one.
        """
        return sum(self.references_by(encoder, party).values())

    def references_by(self, encoder: str, party: str) -> Mapping[int, int]:
        """The same by how many templates each of them has: the number of subjects by their number of templates."""
        return self._compared.get((encoder, party), {})

    @cached_property
    def _compared(self) -> Mapping[tuple[str, str], Mapping[int, int]]:
        held = Counter(
            (t.encoder, self.subjects[t.subject_id].party, t.subject_id) for t in self.templates if t.subject_id in self.subjects
        )
        counted: dict[tuple[str, str], Counter[int]] = {}
        for (encoder, party, _), templates in held.items():
            counted.setdefault((encoder, party), Counter())[templates] += 1
        return counted


class Watcher(Protocol):
    """Looks at the frames of one picture track of a media file, in order of time."""

    def see(self, frame: Frame) -> None:
        """Take in one frame. The frame and its image must not be kept past the call, crops of it may."""

    def conclude(self) -> list[Finding]:
        """All findings of the track, each party's own; called once, after the last frame."""


class Listener(Protocol):
    """Hears the sound of one media file: its sound tracks one after the other, each from front to end."""

    def hear(self, track: int, block: Block) -> None:
        """Take in a stretch of a sound track, whose number counts from 0; its samples may be kept until conclude."""

    def conclude(self) -> list[Finding]:
        """All findings of the file, each party's own; called once, after the last block. Their track is 0."""

    @property
    def says(self) -> Sequence[str]:
        """In words, what hindered hearing, once concluded: silence, too little speech. Nothing where nothing did."""


class Recogniser(Protocol):
    """One way of recognising subjects in one modality: enrols references and finds them in media.

    One that needs frames of a file is a Watching, one that needs its sound a Listening; it may be both.
    """

    modality: Modality
    encoder: str
    pack: str
    takes: SampleKind

    def enrol(self, sample: Sample, *, prominent: bool = False) -> "Mapping[str, NDArray[Any]]":
        """The arrays of a template for the one subject that the sample shows or lets be heard.

        prominent: where it shows several, take the most prominent one instead of refusing.
        Raises ReferenceRefused, saying why and what would do, also for a sample of another kind; what reading it raises.
        """

    per_reference: float
    """How a subject counts that has several templates; see matcher.calibration.Calibration."""

    def expected_false_matches(self, score: float, gallery_subjects: int) -> float:
        """Matches at this score or above in 1,000 videos that show no enrolled subject. See matcher.rates.comparisons."""

    def threshold(self, gallery_subjects: int) -> float:
        """The lowest score that counts as a match where so many subjects are compared with this encoder."""

    margin: float


@runtime_checkable
class Watching(Recogniser, Protocol):
    """A recogniser that needs the frames of a file."""

    def watch(self, gallery: Gallery) -> Watcher:
        """A fresh watcher for one picture track."""


@runtime_checkable
class Listening(Recogniser, Protocol):
    """A recogniser that needs the sound of a file."""

    def looks_for(self, gallery: Gallery) -> bool:
        """Whether anybody in the gallery is looked for by sound: else no sound is read."""

    def listen(self, gallery: Gallery) -> Listener:
        """A fresh listener for one file."""
