"""A subject's photos, clips and recordings by hand: enrolled one by one, taken out again, and judged for what they are worth."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlmodel import Session

from matcher.decoding import decoder
from matcher.errors import MatcherError
from matcher.types import Recogniser
from monitor.confinement import weaker_in
from monitor.duplicate_check import comparisons_of, recogniser_for
from monitor.identities import compare_subjects
from monitor.recognisers import build_recognisers, prepare_packs, recogniser_spec, recognisers_of_packs
from monitor.workspace import Workspace
from registry.actions import Action, Step
from registry.db import now
from registry.errors import ExitCode, SemblanceError
from registry.identities import held_elsewhere
from registry.kinds import PRESENT_IN, LikenessGround, Modality, SampleKind, SubjectKind
from registry.references import ReferenceView, find_reference, list_references
from registry.removal import remove_reference
from registry.standing import standing_of
from registry.subjects import Subject
from registry.views import view_of

if TYPE_CHECKING:
    from monitor.reference_quality import AppraisedReference


class NoFacePack(MatcherError):
    """References of people are to be judged, and nothing here recognises a face or a voice."""

    exit_code = ExitCode.WRONG_USE


@dataclass(frozen=True)
class EnrolledPhoto(ReferenceView):
    """A photo that was enrolled. encoders: which made a template of it."""

    encoders: tuple[str, ...]


@dataclass(frozen=True)
class PhotoOutcome:
    """What came of one file. enrolled: None where it was refused. says: why, or what would make it better. steps: what can be
    done about a refusal."""

    file: Path
    enrolled: EnrolledPhoto | None
    says: tuple[str, ...]
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class PhotoWorth:
    """What one photo or recording is worth. width: pixels of the face; sharp, frontal: 0 to 1; None where they were not kept.
    speech: seconds of it in a recording. agreement: the best cosine to the person's others of the kind; None for an only one.
    era: years. says: advice. id: the reference's."""

    file_name: str
    width: float | None
    sharp: float | None
    frontal: float | None
    speech: float | None
    agreement: float | None
    era: str
    says: tuple[str, ...]
    id: str


@dataclass(frozen=True)
class PhotosWorth:
    """What a person's photos are worth, one by one and together."""

    references: tuple[PhotoWorth, ...]
    says: tuple[str, ...]


def recognisers_of(
    workspace: Workspace, say: Callable[[str], None], kinds: Collection[SubjectKind] = tuple(SubjectKind)
) -> list[Recogniser]:
    """The recognisers of the workspace's settings, of those that enrol subjects of these kinds; a pack that can be built is.
    Raises PackError."""
    prepare_packs(workspace.settings, say)
    wanted = {modality for kind in kinds for modality in PRESENT_IN[kind]}
    return build_recognisers(recogniser_spec(workspace.settings), wanted)


def enrol_photos(
    workspace: Workspace,
    session: Session,
    recognisers: Sequence[Recogniser],
    subject: Subject,
    files: Sequence[Path],
    era: tuple[int, int] | None,
    despite: LikenessGround | None,
) -> Iterator[PhotoOutcome]:
    """Enrol files one by one; a refusal is on record and takes nothing back of the others. Commits after each."""
    # What reads media is loaded where some is read.
    from monitor.enrolment import enrol_file

    compare = comparisons_of(session, recognisers, subject.party_id)
    for file in files:
        try:
            made = enrol_file(workspace, session, recognisers, subject, file, era=era, compare=compare, despite=despite)
        except SemblanceError as error:
            session.commit()  # that it was refused stays on record
            yield PhotoOutcome(file, None, (f"{error.what} {error.advice}".strip(),), error.steps)
            continue
        session.commit()
        yield PhotoOutcome(file, view_of(EnrolledPhoto, made.reference, encoders=made.encoders), made.warnings)


def not_listened_for(session: Session, subject: Subject) -> str:
    """What to say where a recording of somebody is held, and no valid mandate lets their voice be looked for; else nothing."""
    held = any(row.kind is SampleKind.RECORDING for row in list_references(session, subject))
    if not held or standing_of(session, subject, now(), Modality.VOICE).allowed:
        return ""
    return (
        f"Nobody listens for {subject.name}: no valid mandate names the voice. Add one with the voice as its scope; "
        "a consent that is needed must name it, too."
    )


def worth_of_count(session: Session, subject: Subject, recognisers: Sequence[Recogniser]) -> str:
    """What so many photos of a person miss here, in words; "" of what is no person or has none, or without a pack for faces."""
    face = recogniser_for(recognisers, Modality.FACE)
    photos = sum(reference.kind is SampleKind.PICTURE for reference in list_references(session, subject))
    if subject.kind is not SubjectKind.PERSON or face is None or not photos:
        return ""
    from monitor.reference_quality import worth_here  # people's alone, as what it comes with

    return worth_here(session, subject, photos, face)


def take_photo_out(workspace: Workspace, session: Session, reference_id: str) -> None:
    """Remove a reference, with what was made of it; who was held twice is compared anew. Raises NotFound."""
    found = find_reference(session, reference_id)
    is_held = any(held.subject_id == found.subject_id for held in held_elsewhere(session))
    remove_reference(session, workspace.vault, found)
    if is_held:
        compare_subjects(workspace, build_recognisers(recogniser_spec(workspace.settings)))


def worth_of_photos(workspace: Workspace, session: Session, subject: Subject, say: Callable[[str], None]) -> PhotosWorth:
    """Judge a person's photos with the pack for faces in use, and the recordings with that for voices. Raises NoFacePack where
    there is neither, and PackError."""
    if subject.kind is not SubjectKind.PERSON:
        whose = f"{subject.name} is no person ({subject.kind.value})"
        return PhotosWorth((), (f"{whose}: what its references are worth is said when they are added.",))
    from monitor.reference_quality import NOTHING, appraise_photos, appraise_recordings

    prepare_packs(workspace.settings, say)
    spec, heard_and_seen = recogniser_spec(workspace.settings), (Modality.FACE, Modality.VOICE)
    # Templates are there already: no model is run.
    recognisers = recognisers_of_packs(spec, heard_and_seen, at_once=False)
    face, voice = recogniser_for(recognisers, Modality.FACE), recogniser_for(recognisers, Modality.VOICE)
    if face is None and voice is None:
        raise NoFacePack("No pack for faces or voices is in use.", "Choose one.", Action.SEE_PACKS)
    seen = appraise_photos(session, subject, face) if face else NOTHING
    heard = appraise_recordings(session, subject, voice) if voice else NOTHING
    known_by_voice_alone = bool(heard.references) and not seen.references
    says = (*(() if known_by_voice_alone else seen.says), *heard.says)
    return PhotosWorth(tuple(map(_worth, (*seen.references, *heard.references))), says)


def _worth(row: "AppraisedReference") -> PhotoWorth:
    years = (row.reference.era_from, row.reference.era_to)
    return PhotoWorth(
        file_name=row.reference.file_name,
        width=row.width,
        sharp=row.sharp,
        frontal=row.frontal,
        speech=row.speech,
        agreement=None if row.agreement is None else round(row.agreement, 3),
        era="-".join(dict.fromkeys(str(year) for year in years if year)),
        says=row.says,
        id=row.reference.id,
    )


def weaker_decoder() -> str:
    """What this machine does not give the processes that read photos, in words; "" where nothing is missing."""
    return weaker_in(decoder())


def start_decoder() -> None:
    """Let the decoder in force be made ready while other things are done."""
    decoder().start_soon()
